import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { commandLine } from "../../provider/command/flags";
import { variables } from "../../provider/homeserver/settings";
import { providerSettings } from "../../provider/program/known-settings";
import { argsSchema } from "../../provider/resource/arguments";
import { meanings } from "../../provider/resource/changes";
import { filterNames } from "../../provider/rooms/arguments";
import { driftsOf, rangeTold } from "../support/reference/drifts";
import { rangeOf, schemas, type Schemas } from "../support/reference/facts";
import { referenceFile, referencePage } from "../support/reference/page";
import { PublicApi, anchorOf } from "../support/reference/public-api";

describe("docs/reference.md", () => {
  const page = readFileSync(referenceFile, "utf8");
  const section = (title: string) =>
    page.split("\n## ").find((part) => part.startsWith(title)) ?? "";
  const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchorOf(heading));
  const missing = (names: readonly string[]) =>
    names.filter((name) => !headings.includes(anchorOf(name)));

  let api: PublicApi;

  before(async () => {
    api = await PublicApi.read();
  });

  it("is what the code and its comments say", async () => {
    assert.equal(page, await referencePage(api), "run npm run docs:reference");
  });

  it("has every argument and every output, with what is in them", () => {
    assert.deepEqual(missing([...Object.keys(argsSchema.shape), ...Object.keys(meanings)]), []);
    const { expect, onDelete } = argsSchema.shape;
    for (const { shape } of [expect.unwrap(), onDelete.unwrap()]) {
      for (const name of Object.keys(shape))
        assert.match(section("Arguments"), new RegExp(`^- \`${name}\``, "m"));
    }
  });

  it("has every setting, with its variable", () => {
    const keys = providerSettings.map((name) =>
      name === "accessTokenEnv" ? name : `synapse:${name}`,
    );
    assert.deepEqual(missing(keys), []);
    for (const name of Object.values(variables)) {
      assert.ok(section("Configuration").includes(`environment: \`${name}\``), name);
    }
  });

  it("has every argument of getRooms, and every flag", () => {
    for (const name of [...filterNames, "atMost"]) {
      assert.match(section("Functions"), new RegExp(`^- \`${name}\``, "m"));
    }
    const { commands } = commandLine("", () => Promise.resolve());
    const known: Schemas = { ...schemas.getRooms, ...schemas.settings };
    for (const flag of commands.flatMap(({ options }) => options)) {
      assert.ok(section("Command line").includes(flag.flags), flag.flags);
      const told = rangeTold(flag.description);
      const range = rangeOf(known[flag.attributeName()] ?? {})?.replaceAll(",", "");
      if (told !== undefined) assert.equal(told, range, flag.flags);
    }
  });

  it("names all that the package exports", () => {
    const toldByItsValues = ["RunOn"];
    const isNamed = (name: string) => new RegExp(`\\b${name}\\b`).test(page);
    assert.deepEqual(
      api.names.filter((name) => !isNamed(name)),
      toldByItsValues,
    );
  });

  it("links to what is there, and has each anchor once", () => {
    const links = [...page.matchAll(/\]\(#([^)]*)\)/g)].map(([, anchor = ""]) => anchor);
    assert.deepEqual(
      links.filter((anchor) => !headings.includes(anchor)),
      [],
    );
    assert.equal(new Set(headings).size, headings.length);
  });
});

describe("a comment drifts", () => {
  const range = { type: "integer", minimum: 1, maximum: 3600 };
  const cases: [
    why: string,
    told: Parameters<typeof driftsOf>[0],
    schema: object,
    drift: RegExp,
  ][] = [
    ["that lacks", { text: "" }, {}, /no TSDoc/],
    [
      "of another default",
      { text: "A.", byDefault: "`1`" },
      { default: 2 },
      /default `2`, but .* `1`/,
    ],
    ["without the default", { text: "A." }, { default: false }, /default `false`, but .* none/],
    ["with a default that there is not", { text: "A.", byDefault: "`1`" }, {}, /default none/],
    ["with its default in the text", { text: "Default 1." }, {}, /@defaultValue/],
    ["of another range", { text: "1 to 360." }, range, /1 to 3,600, but .* 1 to 360/],
    ["without the range", { text: "A." }, { minimum: 0 }, /0 or more, but .* any/],
    ["with a range that there is not", { text: "1 to 10." }, {}, /any, but .* 1 to 10/],
    ["of another length", { text: "at most 6 bytes as UTF-8" }, { maxBytes: 60_000 }, /60,000/],
  ];
  for (const [why, told, schema, drift] of cases) {
    it(why, () => {
      assert.match(driftsOf(told, schema).join(), drift);
    });
  }

  it("unless it says what the schema says", () => {
    const told = { text: "1 to 3,600.", byDefault: "`60`" };
    assert.deepEqual(driftsOf(told, { ...range, default: 60 }), []);
    assert.deepEqual(driftsOf({ text: "A.", byDefault: "the server's own" }), []);
  });
});
