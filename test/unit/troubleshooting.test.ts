import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { root } from "../support/machine/paths";

const page = readFileSync(join(root, "docs", "troubleshooting.md"), "utf8");

/** Files whose texts are no errors: what is planned, warned of and said on the way. */
const noErrors = ["plan.ts", "warnings.ts", "progress-log.ts", "flags.ts"];
const shortest = 25;

const fewestWords = 3;
const mostFound = 6;

/** Parts of other messages, what is said on the way, and what only a mistake in this package could show. */
const others = [
  "its shutdown can't be cancelled",
  "nothing is undone",
  "delete the resource once more",
  "It is blocked there",
  "This is an alias",
  "whose record has expired",
  "the homeserver can't be asked",
  "can't be part of a URL's path",
  "has not ended in the time allowed",
  "exports.handler",
];

/** Words by which a message is searched: parts of it, in their order. */
type Key = readonly string[];

/**
 * What the page explains: the code in the first column of its tables about this package. `...` stands between the parts of one
 * message, a comma between messages.
 */
function explained(): Key[] {
  const own = page.slice(0, page.indexOf("## What Synapse says"));
  const rows = own.split("\n").filter((line) => line.startsWith("| `"));
  return rows
    .flatMap((row) => (row.split("|")[1] ?? "").split(/(?<=`), (?=`)/))
    .map((key) => [...key.matchAll(/`([^`]+)`/g)].map(([, part = ""]) => part));
}

function isIn(message: string, key: Key): boolean {
  let from = 0;
  return key.every((part) => {
    const at = message.indexOf(part, from);
    from = at + part.length;
    return at >= 0;
  });
}

/** The texts of errors and faults in the code, each as the fixed parts that it is made of. */
function messages(): string[] {
  const provider = join(root, "provider");
  const files = readdirSync(provider, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(provider, name));
  return files
    .filter((file) => !noErrors.some((name) => file.endsWith(`/${name}`)))
    .flatMap((file) =>
      textsOf(ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true)),
    );
}

function textsOf(source: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const called = node.expression.getText();
      if (/\b(log|say|objectReason)$/.test(called)) return; // Said on the way, or visited where it is made.
      if (/\b(mustBe|wholeNumber|orNone|parsed)$/.test(called)) {
        const allowed = node.arguments.filter(isText).at(-1);
        if (allowed !== undefined) found.push(`must be ${fixedParts(allowed)}, but is`);
        return;
      }
    }
    if (ts.isImportDeclaration(node)) return;
    if (isText(node)) {
      const text = fixedParts(node);
      if (text.length >= shortest && / /.test(text.trim())) found.push(text);
    } else {
      ts.forEachChild(node, visit);
    }
  };
  visit(source);
  return found;
}

function isText(node: ts.Node): boolean {
  return (
    ts.isStringLiteralLike(node) ||
    ts.isTemplateExpression(node) ||
    (ts.isBinaryExpression(node) &&
      node.operatorToken.kind === ts.SyntaxKind.PlusToken &&
      (isText(node.left) || isText(node.right)))
  );
}

function fixedParts(node: ts.Node): string {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    const spans = node.templateSpans.map(
      ({ expression, literal }) => `${fixedParts(expression)}${literal.text}`,
    );
    return node.head.text + spans.join("");
  }
  const parts: string[] = [];
  ts.forEachChild(node, (child) => void parts.push(fixedParts(child)));
  return parts.join("");
}

describe("docs/troubleshooting.md", () => {
  const all = messages();
  const keys = explained();

  it("explains every message of the code", () => {
    const known = [...keys, ...others.map((part) => [part])];
    const missing = all.filter((message) => !known.some((key) => isIn(message, key)));
    assert.deepEqual(missing, []);
  });

  it("explains no message that the code does not have", () => {
    assert.deepEqual(
      keys.filter((key) => !all.some((message) => isIn(message, key))),
      [],
    );
  });

  it("is searched by words that lead to few messages", () => {
    const vague = keys.filter((key) => {
      const words = key.join(" ").match(/[\w#@'"/.-]+/g) ?? [];
      const found = new Set(all.filter((message) => isIn(message, key)));
      return words.length < fewestWords || found.size > mostFound;
    });
    assert.deepEqual(vague, []);
  });
});
