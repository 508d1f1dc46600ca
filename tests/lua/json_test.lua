-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- sg.json: what becomes what, both ways, and what is refused.

local luaunit = require "luaunit"
local sg = require "selenograd"
local json = sg.json

TestJson = {}

function TestJson:test_encode()
  luaunit.assertEquals(json.encode {b = {1, 2.5, "x"}, a = true}, '{"a":true,"b":[1,2.5,"x"]}')
  luaunit.assertEquals(json.encode {{}, json.array {}, json.null}, "[{},[],null]")
  luaunit.assertEquals(json.encode(nil), "null")
  luaunit.assertEquals(json.encode {0 / 0, math.huge, -math.huge}, '["NaN","Infinity","-Infinity"]')
  luaunit.assertEquals(json.encode "a\0\"\\\n\u{e9}", '"a\\u0000\\"\\\\\\n\u{e9}"')
  luaunit.assertEquals(json.encode({a = {1}}, {indent = 2}), '{\n  "a": [\n    1\n  ]\n}')
  luaunit.assertEquals(json.encode(math.maxinteger), "9223372036854775807")
end

function TestJson:test_decode()
  local value = json.decode '{"a": [1, 2.0, null, "\\u00e9\\u0000"], "b": {}, "c": [], "d": false}'
  luaunit.assertEquals(value.a[1], 1)
  luaunit.assertEquals(math.type(value.a[2]), "float")
  luaunit.assertTrue(value.a[3] == json.null)
  luaunit.assertEquals(value.a[4], "\u{e9}\0")
  luaunit.assertFalse(value.d)
  luaunit.assertEquals(json.encode(value), '{"a":[1,2.0,null,"\u{e9}\\u0000"],"b":{},"c":[],"d":false}')
end

function TestJson:test_numbers_survive()
  for _, number in ipairs { 0.1, 1e-300, -1.7976931348623157e308, 5e-324, 1 / 3 } do
    luaunit.assertEquals(json.decode(json.encode {number})[1], number)
  end
end

function TestJson:test_refused()
  local endless = {}
  endless[1] = endless
  luaunit.assertErrorMsgContains("a function cannot be written", json.encode, {f = print})
  luaunit.assertErrorMsgContains("a tensor", json.encode, {sg.ones(2)})
  luaunit.assertErrorMsgContains("is not UTF-8", json.encode, "\xff")
  luaunit.assertErrorMsgContains("is not UTF-8", json.encode, {["\xff"] = 1})
  luaunit.assertErrorMsgContains("other keys than 1 .. 2", json.encode, {1, 2, x = 3})
  luaunit.assertErrorMsgContains("expected a string", json.encode, {[2.5] = 3})
  luaunit.assertErrorMsgContains("zero byte", json.encode, {["a\0b"] = 3})
  luaunit.assertErrorMsgContains("nested more than", json.encode, endless)
  luaunit.assertErrorMsgContains("indent is 99", json.encode, {}, {indent = 99})
  luaunit.assertErrorMsgContains("duplicate object key", json.decode, '{"a": 1, "a": 2}')
  luaunit.assertErrorMsgContains("line 2, column", json.decode, '{"a":\n]')
  luaunit.assertErrorMsgContains("json: ", json.decode, "")
  luaunit.assertErrorMsgContains("json: ", json.decode, ("["):rep(100000))
end

os.exit(luaunit.LuaUnit.run())
