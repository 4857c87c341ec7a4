#include "search/text/stop_words.hpp"

#include <array>

namespace tidb::detail {

namespace {

struct stop_word_list {
  std::string_view language;
  std::string_view words;
};

// Articles, pronouns, prepositions, conjunctions and auxiliary verbs only: short lists, for a word that is left out is
// not looked for. What also names things stays a word, such as "will" in English.
constexpr std::array lists{
    stop_word_list{
        "english",
        "a about also am an and are as at be because been but by can could did do does for from had has have "
        "he her him his how i if in into is it its me my no not of on or our she so than that the their them "
        "then there these they this those to was we were what when where which who why with would you your"},
    stop_word_list{
        "german",
        "aber als also am an auch auf aus bei bin bis bist da das dass dein dem den denn der des die dir doch "
        "du durch ein eine einem einen einer eines er es euch für hat hatte ich ihm ihn ihr ihre im in ist ja "
        "kann kein keine man mein mich mir mit nach nicht noch nur ob oder sein seine sich sie sind so um und "
        "uns unser unter vom von vor war waren was wenn wer werden wie wir wird wo zu zum zur über"},
    stop_word_list{
        "french",
        "a au aux avec c ce ces cet cette d dans de des du elle elles en est et eu il ils j je l la le les "
        "leur leurs lui m ma mais me mes mon n ne nos notre nous on ont ou où par pas pour qu que qui s sa se "
        "ses si son sont sur t ta te tes toi ton tu un une vos votre vous y à être"},
    stop_word_list{
        "spanish",
        "a al como con cuando de del desde donde e el él ella ellas ellos en entre era eran es esa ese eso "
        "esta está este esto fue ha han hay la las le les lo los me mi mis muy más ni no nos o para pero por "
        "porque que qué se ser si sí sin sobre son su sus también te tu tus u un una unas unos y ya yo"},
    stop_word_list{
        "italian",
        "a ad ai al alla alle anche c che chi ci come con cui d da dal dalla degli dei del dell della delle di "
        "e ed era gli ha hanno ho i il in io l la le lei lo loro lui ma mi mia mio ne nei nel nell nella no "
        "noi non o per perché più quella quello questa questo se si sia sono su sua sui sul sulla suo ti tra "
        "tu un una uno vi voi è"},
    stop_word_list{
        "portuguese",
        "a ao aos as até com como da das de do dos e ela elas ele eles em entre era essa esse esta este está "
        "eu foi há isso isto já lhe mais mas me mesmo meu minha muito na nas nem no nos não nós o os ou para "
        "pela pelo por quando que quem se sem ser seu seus sua suas são só também te tem um uma você à às é"},
    stop_word_list{
        "dutch", "aan al als ben bij dan dat de der deze die dit doch door dus een en er ge geen had heb hebben heeft "
                 "hem het hier hij hoe hun ik in is je kan maar me met mij mijn na naar niet nog of om omdat onder ons "
                 "ook op over te tot u uit van veel voor want waren was wat we wel werd wie wij wordt ze zich zij zijn "
                 "zo zou"},
};

}  // namespace

std::string_view stop_words_of(std::string_view language) noexcept {
  for (const auto& each : lists)
    if (each.language == language) return each.words;
  return {};
}

}  // namespace tidb::detail
