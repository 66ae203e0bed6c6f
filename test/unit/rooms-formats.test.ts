import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { formats } from "../../provider/command/formats";
import type { FoundRoom } from "../../provider";

const roomId = "!a:example.org";
const creator = "@a:example.org";

/** Names with which somebody might want to get out of a line, or to hide what is in it. */
const hostile = [
  'x"\n- roomId: "!lobby:example.org"\n  expect: {}',
  "x\r\n# y",
  "x\u0085y\u2028z\u2029",
  "\u202Eetihw\u202C",
  "\u{E0041}\u{E0042}",
  "\uFEFF\u200B\u2060\u00AD",
  "\u001B[31mred",
  "a\u00A0b\u3000c",
  "{{ x }} %{red}% <{%reset%}> !!js/function >- | & * ? : #",
  "\\u0041 \\x41 \\",
  "~",
  "null",
  "\uD83D",
  "💣 \u{1F468}\u200D\u{1F469}",
  " ",
  "",
];

const room = (name: string): FoundRoom => ({
  roomId,
  name,
  creator,
  type: name,
  version: "12",
  joinedLocalMembers: 2,
  isPublic: true,
  isEncrypted: true,
});

const hidden = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

/** Lone halves of a character are no text that a file could hold. */
const wellFormed = (text: string) => Buffer.from(text).toString();

function check(name: string): void {
  const yaml = formats.yaml([room(name), room(name)]);
  const expect = { name, canonicalAlias: "", creator, maxLocalMembers: 2 };
  assert.equal(yaml.split("\n").length, 13);
  assert.deepEqual(parse(yaml), [
    { roomId, expect },
    { roomId, expect },
  ]);
  assert.deepEqual((parse(yaml + yaml) as unknown[]).length, 4);
  const json = formats.json([room(name)]);
  assert.deepEqual(JSON.parse(json), [room(name)]);
  const table = formats.table([room(name), room(name)]);
  assert.equal(table.split("\n").length, 4);
  for (const text of [yaml, json, table]) {
    assert.doesNotMatch(text, hidden);
    assert.equal(wellFormed(text), text);
  }
}

describe("a written list of rooms", () => {
  for (const name of hostile) {
    it(`holds what a name is, and no more: ${JSON.stringify(name)}`, () => {
      check(name);
    });
  }

  it("holds any name", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), check));
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), check));
  });

  it("expects nothing of what the homeserver can't tell, and that there is nothing where it tells", () => {
    const untold = ["name", "canonicalAlias"];
    assert.deepEqual(parse(formats.yaml([{ roomId, joinedLocalMembers: 0, untold }])), [
      { roomId, expect: { maxLocalMembers: 0 } },
    ]);
    const named = { roomId, canonicalAlias: "#a:b", joinedMembers: 7, joinedLocalMembers: 3 };
    assert.equal(
      formats.yaml([named]),
      `- roomId: "!a:example.org" # 3 of 7 members are local\n` +
        `  expect:\n    name: ""\n    canonicalAlias: "#a:b"\n    maxLocalMembers: 3\n`,
    );
  });

  it("is nothing, an empty list or a head alone where no room matches", () => {
    assert.equal(formats.yaml([]), "");
    assert.deepEqual(JSON.parse(formats.json([])), []);
    assert.match(formats.table([]), /^room +name +creator +local +joined +kind\n$/);
  });
});
