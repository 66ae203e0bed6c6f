import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { root } from "../support/machine/paths";

const page = readFileSync(join(root, "docs", "troubleshooting.md"), "utf8");

/** Files whose texts are no errors: what is planned, warned of and said on the way. */
const noErrors = ["plan.ts", "warnings.ts", "progress-log.ts", "flags.ts"];
const shortest = 25;

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

/** Parts of messages that the page explains: what is code in the first column of its tables about this package. */
function explained(): string[] {
  const own = page.slice(0, page.indexOf("## What Synapse says"));
  const rows = own.split("\n").filter((line) => line.startsWith("| `"));
  return rows.flatMap((row) =>
    [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, text]) => text ?? ""),
  );
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
    // Said on the way, or what is allowed in a message about something else.
    if (
      ts.isCallExpression(node) &&
      /\b(log|say|mustBe|wholeNumber|orNone|parsed|objectReason)$/.test(node.expression.getText())
    )
      return;
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
  it("explains every message of the code", () => {
    const parts = explained();
    const known = [...parts, ...others];
    const missing = messages().filter((message) => !known.some((part) => message.includes(part)));
    assert.deepEqual(missing, []);
  });

  it("explains no message that the code does not have", () => {
    const all = messages().join("\n");
    assert.deepEqual(
      explained().filter((part) => !all.includes(part)),
      [],
    );
  });
});
