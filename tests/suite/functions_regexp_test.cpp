// Regular expressions.
#include "functions_rows.hpp"

using tests::function_row;

namespace {

class regexp_functions : public tests::functions {};

TEST_P(regexp_functions, expressions_match_as_in_re2) {
  static constexpr function_row rows[] = {
      {"REGEXP_LIKE('Michael!', '.*')", "1"},
      {"REGEXP_LIKE('a','A')", "0"},
      {"REGEXP_LIKE('a','A','i')", "1"},
      {"REGEXP_LIKE('a','A','ic')", "0"},
      {"REGEXP_LIKE('a','A','ci')", "1"},
      {"REGEXP_LIKE('a','(')", "ERROR"},
      {"REGEXP_LIKE('a','')", "ERROR"},
      {"REGEXP_LIKE('a','a','x')", "ERROR"},
      {"REGEXP_LIKE(NULL,'a')", "NULL"},
      {"REGEXP_LIKE('a',NULL)", "NULL"},
      {"REGEXP_LIKE('a','a',NULL)", "NULL"},
      {"REGEXP_LIKE('日本','^..$')", "1"},
      {"REGEXP_LIKE('','^$')", "1"},
      {"REGEXP_LIKE('a','a','')", "1"},
      {"REGEXP_LIKE('a','a','n')", "ERROR"},
      {"REGEXP_LIKE('a','a','u')", "ERROR"},
      {"REGEXP_LIKE('a','a','s')", "1"},
      {"REGEXP_LIKE('É','é','i')", "1"},
      {"REGEXP_LIKE('a','(a)\\1')", "ERROR"},
      {"REGEXP_LIKE(CONCAT('a',TIDB_CHAR(10),'b'),'a.b')", "0"},
      {"REGEXP_LIKE(CONCAT('a',TIDB_CHAR(10),'b'),'a.b','s')", "1"},
      {"REGEXP_LIKE(CONCAT('a',TIDB_CHAR(10),'b'),'^b','m')", "1"},
      {"REGEXP_LIKE(CONCAT('a',TIDB_CHAR(10),'b'),'^b')", "0"},
      {"REGEXP_LIKE('aaa','a{2,}')", "1"},
      {"REGEXP_LIKE('a','a{1001}')", "ERROR"},
      {"REGEXP_LIKE('😀','^.$')", "1"},
      {"REGEXP_LIKE('x','\\x{1F600}')", "0"},
      {"'abc' REGEXP 'B'", "0"},
      {"'abc' REGEXP 'b'", "1"},
      {"'abc' REGEXP NULL", "NULL"},
      {"NULL REGEXP 'a'", "NULL"},
      {"12 REGEXP '^1'", "1"},
      {"'abc' NOT REGEXP 'z'", "1"},
      {"'é' REGEXP '^.$'", "1"},
      {"'É' REGEXP '(?i)é'", "1"},
      {"'a1' REGEXP '\\d'", "1"},
      {"'é' REGEXP '\\w'", "0"},
      {"'a' REGEXP '[[:alpha:]]'", "1"},
      {"'x' REGEXP '\\pL'", "1"},
      {"'ab' REGEXP 'a(?=b)'", "ERROR"},
      {"'a.b' REGEXP 'a\\.b'", "1"},
      {"'foo bar' REGEXP '\\bbar'", "1"},
      {"'a' REGEXP ''", "ERROR"},
      {"'ab' REGEXP '(?P<n>a)b'", "1"},
      {"'Ж' REGEXP '\\p{Cyrillic}'", "1"},
      {"'a' REGEXP '['", "ERROR"},
      {"'tést' REGEXP 't.st'", "1"},
      {"1.5 REGEXP '1\\.5'", "1"},
      {"'ab' REGEXP 'a|b'", "1"},
      {"'' REGEXP 'a*'", "1"},
  };
  check(rows);
}

TEST_P(regexp_functions, matches_are_found) {
  static constexpr function_row rows[] = {
      {"REGEXP_SUBSTR('abc def ghi','[a-z]+',1,3)", "ghi"},
      {"REGEXP_SUBSTR('abc','z')", "NULL"},
      {"REGEXP_SUBSTR('日本語','本',1)", "本"},
      {"REGEXP_SUBSTR('abc','b',3)", "NULL"},
      {"REGEXP_SUBSTR('abc def','[a-z]+',1,0)", "abc"},
      {"REGEXP_SUBSTR('abc def','[a-z]+',1,-1)", "abc"},
      {"REGEXP_SUBSTR('abc','b',0)", "ERROR"},
      {"REGEXP_SUBSTR('abc','b',4)", "ERROR"},
      {"REGEXP_SUBSTR('','b',1)", "NULL"},
      {"REGEXP_SUBSTR('abc','b',-1)", "ERROR"},
      {"REGEXP_SUBSTR(NULL,'a')", "NULL"},
      {"REGEXP_SUBSTR('a',NULL)", "NULL"},
      {"REGEXP_SUBSTR('abc','^b',2)", "b"},
      {"REGEXP_SUBSTR('日本語','.',2,2)", "語"},
      {"REGEXP_SUBSTR('aBc','b',1,1,'i')", "B"},
      {"REGEXP_SUBSTR('abc','x*')", ""},
      {"REGEXP_SUBSTR('','x*')", ""},
      {"REGEXP_SUBSTR('a b','\\s')", " "},
      {"REGEXP_SUBSTR('abc','b',NULL)", "NULL"},
      {"REGEXP_INSTR('dog cat dog','dog')", "1"},
      {"REGEXP_INSTR('dog cat dog','dog',2)", "9"},
      {"REGEXP_INSTR('aa aaa aaaa','a{4}')", "8"},
      {"REGEXP_INSTR('日本語','語')", "3"},
      {"REGEXP_INSTR('abc','b',1,1,1)", "3"},
      {"REGEXP_INSTR('abab','b',1,2)", "4"},
      {"REGEXP_INSTR('a','A',1,1,0,'i')", "1"},
      {"REGEXP_INSTR('abc','b',1,1,2)", "ERROR"},
      {"REGEXP_INSTR('abc','z')", "0"},
      {"REGEXP_INSTR(NULL,'a')", "NULL"},
      {"REGEXP_INSTR('a',NULL)", "NULL"},
      {"REGEXP_INSTR('','a')", "0"},
      {"REGEXP_INSTR('','^$')", "1"},
      {"REGEXP_INSTR('日本語','本',1,1,1)", "3"},
      {"REGEXP_INSTR('abc','b',9)", "ERROR"},
      {"REGEXP_INSTR('abcabc','^a',4)", "4"},
      {"REGEXP_INSTR('abc','b',1,0)", "2"},
  };
  check(rows);
}

TEST_P(regexp_functions, matches_are_replaced) {
  static constexpr function_row rows[] = {
      {"REGEXP_REPLACE('a b c','b','X')", "a X c"},
      {"REGEXP_REPLACE('abc def ghi','[a-z]+','X',1,3)", "abc def X"},
      {"REGEXP_REPLACE('abc','(b)','<\\1>')", "a<b>c"},
      {"REGEXP_REPLACE('abc','(b)','<$1>')", "a<$1>c"},
      {"REGEXP_REPLACE('abc','b','\\0\\0')", "abbc"},
      {"REGEXP_REPLACE('aaa','a','b',2)", "abb"},
      {"REGEXP_REPLACE('aaa','a','b',1,-1)", "baa"},
      {"REGEXP_REPLACE('日本','日','x')", "x本"},
      {"REGEXP_REPLACE('abc','b','\\2')", "ERROR"},
      {"REGEXP_REPLACE('abc','','-')", "ERROR"},
      {"REGEXP_REPLACE(NULL,'a','b')", "NULL"},
      {"REGEXP_REPLACE('a',NULL,'b')", "NULL"},
      {"REGEXP_REPLACE('a','a',NULL)", "NULL"},
      {"REGEXP_REPLACE('aaa','a','b',1,0)", "bbb"},
      {"REGEXP_REPLACE('aaa','a','b',1,2)", "aba"},
      {"REGEXP_REPLACE('ABC','b','x',1,0,'i')", "AxC"},
      {"REGEXP_REPLACE('abc','x*','-')", "-a-b-c-"},
      {"REGEXP_REPLACE('baaac','a*','-')", "-b-c-"},
      {"REGEXP_REPLACE('日本','x*','-')", "-日-本-"},
      {"REGEXP_REPLACE('','a','b')", ""},
      {"REGEXP_REPLACE('','^$','b')", "b"},
      {"REGEXP_REPLACE('abcd','(b)(c)','\\2\\1')", "acbd"},
      {"REGEXP_REPLACE('abc','b','\\\\')", "a\\c"},
      {"REGEXP_REPLACE('abc','b','x\\n')", "axnc"},
      {"REGEXP_REPLACE('abab','b','X',9)", "ERROR"},
      {"REGEXP_REPLACE('aaa','a','b',2,2)", "aab"},
      {"REGEXP_REPLACE('aaa','a','b',1,9)", "aaa"},
      {"REGEXP_REPLACE('a.b','\\.','-')", "a-b"},
  };
  check(rows);
}

RUN_ON_EACH_ENGINE(regexp_functions);

}  // namespace
