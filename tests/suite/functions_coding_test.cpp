// Digests, checksums and other spellings of bytes.
#include "functions_rows.hpp"

using tests::function_row;

namespace {

class coding_functions : public tests::functions {};

TEST_P(coding_functions, digests_and_checksums) {
  static constexpr function_row rows[] = {
      {"CRC32('MySQL')", "3259397556"},
      {"CRC32('')", "0"},
      {"CRC32(1)", "2212294583"},
      {"SHA2('abc',256)", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"SHA2('abc',0)", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"SHA2('abc',5)", "NULL"},
      {"SHA2('abc',224)", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
      {"MD5(NULL)", "NULL"},
      {"MD5('')", "d41d8cd98f00b204e9800998ecf8427e"},
      {"MD5('é')", "66ddcd97cfdeabb2f6fb8a999b4bc76f"},
      {"MD5(1)", "c4ca4238a0b923820dcc509a6f75849b"},
      {"SHA1('abc')", "a9993e364706816aba3e25717850c26c9cd0d89d"},
      {"SHA1(NULL)", "NULL"},
      {"SHA('')", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
      {"SHA2(NULL,256)", "NULL"},
      {"SHA2('a',NULL)", "NULL"},
      {"SHA2('a',512)", "1f40fc92da241694750979ee6cf582f2d5d7d28e18335de05abc54d0560e0f5302860c652bf08d560252aa5e742105"
                        "46f369fbbbce8c12cfc7957b2652fe9a75"},
      {"SHA2('a',384)",
       "54a59b9f22b0b80880d8427e548b7c23abd873486e1f035dce9cd697e85175033caa88e6d57bc35efae0b5afd3145f31"},
      {"CRC32(NULL)", "NULL"},
      {"CRC32('日本')", "3350711756"},
      {"TIDB_LENGTH(UUID())", "36"},
      {"UUID() = UUID()", "0"},
  };
  check(rows);
}

TEST_P(coding_functions, bytes_are_spelled_in_hex_and_base64) {
  static constexpr function_row rows[] = {
      {"TIDB_HEX(-1)", "FFFFFFFFFFFFFFFF"},
      {"TIDB_HEX(255)", "FF"},
      {"TIDB_HEX(2.5)", "3"},
      {"TIDB_HEX('é')", "C3A9"},
      {"UNHEX('XY')", "NULL"},
      {"TIDB_HEX(NULL)", "NULL"},
      {"TIDB_HEX('')", ""},
      {"TIDB_HEX('abc')", "616263"},
      {"TIDB_HEX(1.5)", "2"},
      {"TIDB_HEX(-1.5)", "FFFFFFFFFFFFFFFE"},
      {"UNHEX(NULL)", "NULL"},
      {"UNHEX('')", ""},
      {"TIDB_HEX(UNHEX('0f'))", "0F"},
      {"TIDB_HEX(UNHEX('f'))", "0F"},
      {"TIDB_HEX(UNHEX(12))", "12"},
      {"TIDB_HEX(UNHEX('4D7953514C'))", "4D7953514C"},
      {"UNHEX('GG')", "NULL"},
      {"TIDB_HEX('12')", "3132"},
      {"TO_BASE64(NULL)", "NULL"},
      {"TO_BASE64('a')", "YQ=="},
      {"TO_BASE64('ab')", "YWI="},
      {"TO_BASE64('é')", "w6k="},
      {"FROM_BASE64(NULL)", "NULL"},
      {"FROM_BASE64('')", ""},
      {"FROM_BASE64('YQ==')", "a"},
      {"FROM_BASE64('YWI=')", "ab"},
      {"FROM_BASE64('YQ=a')", "NULL"},
      {"FROM_BASE64('=AAA')", "NULL"},
      {"FROM_BASE64('YQ==YQ==')", "NULL"},
      {"FROM_BASE64('YR==')", "a"},
      {"FROM_BASE64('YQ')", "NULL"},
      {"TIDB_HEX(TIDB_CHAR(256))", "0100"},
      {"TIDB_HEX(TIDB_CHAR(-1))", "FFFFFFFF"},
      {"TIDB_HEX(TIDB_CHAR(65.5))", "42"},
      {"TIDB_HEX(TIDB_CHAR('66'))", "42"},
      {"TIDB_HEX(TIDB_CHAR(0))", "00"},
      {"TIDB_HEX(REVERSE(CONCAT('a',TIDB_CHAR(0),'b')))", "620061"},
  };
  check(rows);
}

TEST_P(coding_functions, addresses_become_numbers) {
  static constexpr function_row rows[] = {
      {"INET_ATON('10.0.5.9')", "167773449"},
      {"INET_ATON('127.1')", "2130706433"},
      {"INET_ATON('1.2.3.256')", "NULL"},
      {"INET_ATON('1.2.3.4.5')", "NULL"},
      {"INET_ATON('10')", "10"},
      {"INET_ATON('')", "NULL"},
      {"INET_ATON('1..2')", "16777218"},
      {"INET_NTOA(167773449)", "10.0.5.9"},
      {"INET_NTOA(-1)", "NULL"},
      {"INET_NTOA(4294967296)", "NULL"},
      {"INET_NTOA('5')", "0.0.0.5"},
      {"INET_ATON(NULL)", "NULL"},
      {"INET_ATON('255.255.255.255')", "4294967295"},
      {"INET_ATON('0')", "0"},
      {"INET_ATON('1.')", "NULL"},
      {"INET_ATON('.1')", "1"},
      {"INET_ATON('a')", "NULL"},
      {"INET_ATON('1.2.3')", "16908291"},
      {"INET_ATON('256')", "NULL"},
      {"INET_NTOA(NULL)", "NULL"},
      {"INET_NTOA(0)", "0.0.0.0"},
      {"INET_NTOA(4294967295)", "255.255.255.255"},
      {"INET_NTOA('abc')", "0.0.0.0"},
      {"INET_NTOA(1.5)", "0.0.0.2"},
  };
  check(rows);
}

TEST_P(coding_functions, numbers_are_spelled_in_other_bases) {
  static constexpr function_row rows[] = {
      {"CONV('a',16,2)", "1010"},
      {"CONV('6E',18,8)", "172"},
      {"CONV(-17,10,-18)", "-H"},
      {"CONV('10',10,16)", "A"},
      {"CONV('zz',36,10)", "1295"},
      {"CONV('-1',10,16)", "FFFFFFFFFFFFFFFF"},
      {"CONV('',10,2)", "0"},
      {"CONV('9',8,10)", "0"},
      {"CONV(1,1,2)", "NULL"},
      {"CONV('18446744073709551616',10,16)", "ERROR"},
      {"CONV(10.6,10,2)", "1010"},
      {"CONV('0x1f',16,10)", "0"},
      {"BIT_COUNT(-1)", "64"},
      {"BIT_COUNT(5)", "2"},
      {"BIT_COUNT('7')", "3"},
      {"BIT_COUNT(2.5)", "2"},
      {"BIN(5)", "101"},
      {"OCT(64)", "100"},
      {"BIN(-1)", "1111111111111111111111111111111111111111111111111111111111111111"},
      {"BIN('abc')", "0"},
      {"OCTET_LENGTH('日本')", "6"},
      {"OCTET_LENGTH(NULL)", "NULL"},
      {"CONV(NULL,10,2)", "NULL"},
      {"CONV(1,NULL,2)", "NULL"},
      {"CONV(1,10,NULL)", "NULL"},
      {"CONV('a',16,10)", "10"},
      {"CONV('-1',10,-16)", "-1"},
      {"CONV('18446744073709551615',10,16)", "FFFFFFFFFFFFFFFF"},
      {"CONV('18446744073709551615',10,-10)", "-1"},
      {"CONV('9223372036854775808',-10,10)", "9223372036854775807"},
      {"CONV('7b',10,10)", "7"},
      {"CONV(' 12',10,10)", "12"},
      {"CONV(1,10,37)", "NULL"},
      {"CONV(-255,-10,-16)", "-FF"},
      {"CONV('x',10,2)", "0"},
      {"CONV('-0',10,10)", "0"},
      {"CONV('1.9',10,10)", "1"},
      {"CONV('+5',10,10)", "5"},
      {"BIN(NULL)", "NULL"},
      {"BIN(0)", "0"},
      {"BIN('12')", "1100"},
      {"BIN(2.5)", "11"},
      {"OCT(NULL)", "NULL"},
      {"OCT('8')", "10"},
      {"OCT(0)", "0"},
      {"OCT(-1)", "1777777777777777777777"},
      {"BIT_COUNT(NULL)", "NULL"},
      {"BIT_COUNT(0)", "0"},
      {"BIT_COUNT('abc')", "0"},
      {"BIT_COUNT(9223372036854775807)", "63"},
  };
  check(rows);
}

RUN_ON_EACH_ENGINE(coding_functions);

}  // namespace
