const groups: readonly (readonly string[])[] = [
  ["null", "true", "false", "0", "-0", "-1", "1", "1.5", "2", "100", "101", "200", "201"],
  ["2147483647", "2147483648", "9007199254740993", "1e308", "1e999", "-1e999", "5e-324"],
  ["[]", "[[]]", "[null]", "{}", '{"a":{}}', '""', '" "', '"\\n"', '"a"', '"0"', '"null"'],
  ['"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\udc00a"', '"\\ud83d\\ude00"', '"\\u202e"'],
  ['"__proto__"', '"constructor"', '"toString"', '"undefined"', '"NaN"', '"[object Object]"'],
  // What Prisma or a database would take for an operator, a wildcard or a part of a statement.
  ['{"not":""}', '{"in":[]}', '{"contains":""}', '{"equals":null}', '{"gt":""}', '{"set":""}'],
  ['{"OR":[]}', '{"AND":[{}]}', '{"NOT":{}}', '{"$ne":null}', '{"is":{}}', '{"connect":{}}'],
  ['"%"', '"_"', '"!"', '"\' OR 1=1 --"', '"\\"; DROP TABLE x; --"', '"$1"', '"?"', '"\\\\"'],
  ['{"__proto__":{"isAdmin":true}}', '{"constructor":{"prototype":{"a":1}}}', '{"then":1}'],
  // Ids and places in lists and streams.
  ['"../etc/passwd"', '"00000000-0000-0000-0000-000000000000"', `"${"a".repeat(128)}"`],
  [`"${"a".repeat(129)}"`, '"ffffffff-ffff-4fff-bfff-ffffffffffff"', '"end"', '"deleted"'],
  ['"p0"', '"p1"', '"p2147483647"', '"p2147483648"', '"p9999999999"', '"p-1"', '"p1.5"'],
  ['"t0.a"', '"t999999999999999.a"', '"t8640000000000000.a"', '"t8640000000000001.a"'],
  ['"0.a"', '"999999999999999.a"', '"253402300800000.a"', '"8640000000000001.a"', '"1.\\u0000"'],
  ['"0.0.0"', '"0.0.0.0"', '"1.1.1.1"', '"999999999.0.0.0"', '"-1.-1.-1.-1"', '"1e9.0.0.0"'],
  ['"0.0.a.b.c"', '"1700000000000.5.a.b."', '"..."', '"1.2.3.4.5.6.7"'],
  // Times.
  ['"2026-01-31T00:00:00Z"', '"2026-02-30T00:00:00Z"', '"0000-01-01T00:00:00Z"'],
  ['"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59.999999999-14:00"', '"2026-01-31"'],
  ['"275760-09-13T00:00:00Z"', '"-000001-01-01T00:00:00Z"', '"2026-01-31T24:00:00Z"'],
  // Files.
  ['[{"name":null,"mediaType":"text/plain","url":"data:text/plain,Hi"}]'],
  ['[{"name":"a","mediaType":"image/png","url":"data:image/png;base64,iVBORw0KGgo="}]'],
  ['[{"name":"a","mediaType":"image/png","url":"Data:image/png,/../../../etc/passwd"}]'],
  ['[{"name":"a","mediaType":"a","url":"data:text/plain;base64,//8="}]'],
  ['[{"name":"a","mediaType":"a","url":"data:text/plain,%E0%A4%A"}]'],
  ['[{"name":"a","mediaType":"a","url":"data:text/plain,%00"}]', '[{"url":"http://localhost"}]'],
  ['[{"name":"a","mediaType":"a","url":"file:///etc/passwd"}]', "[{}]", "[{},{},{}]", '["a"]'],
];

/** Values, as JSON, that some part of a chat router might take for something else. */
export const oddValues: readonly string[] = groups.flat();
