// Takes JSON apart without changing a letter of it.

/** An object without one of its lists, and the list's elements as they are written, each on one line. */
export interface TakenApart {
  readonly elements: string[];
  /** The object with an empty list in its place. */
  readonly rest: unknown;
}

/**
 * Takes the list that an object has under a key out of it. The elements are not parsed: that they are JSON is for the caller
 * to see, one by one, since all of them at once can be much.
 * @throws SyntaxError if it is no JSON, or there is no such list.
 */
export function takeApart(text: string, key: string): TakenApart {
  const start = valueOf(text, key);
  if (text[start] !== "[") throw new SyntaxError(`no list ${key}`);
  const elements: string[] = [];
  let at = skipBlanks(text, start + 1);
  while (at < text.length && text[at] !== "]") {
    const end = endOfValue(text, at);
    // A line break is only possible between the parts of a value: inside of a string it is escaped.
    elements.push(text.slice(at, end).replace(/[\r\n]+/g, " "));
    at = afterComma(text, end);
  }
  return { elements, rest: JSON.parse(`${text.slice(0, start)}[${text.slice(at)}`) };
}

/** Where the value of a key begins, or beyond the text. */
function valueOf(text: string, key: string): number {
  let at = skipBlanks(text, text.indexOf("{") + 1);
  while (text[at] === '"') {
    const end = endOfString(text, at);
    const value = skipBlanks(text, skipBlanks(text, end) + 1);
    if (text.slice(at, end) === JSON.stringify(key)) return value;
    at = afterComma(text, endOfValue(text, value));
  }
  return text.length;
}

function afterComma(text: string, end: number): number {
  const at = skipBlanks(text, end);
  return text[at] === "," ? skipBlanks(text, at + 1) : at;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (/[ \t\r\n]/.test(text.charAt(at))) at++;
  return at;
}

/** The place after the value that begins here: further on at any rate, so that no text whatsoever is read for ever. */
function endOfValue(text: string, start: number): number {
  const first = text.charAt(start);
  if (first === '"') return endOfString(text, start);
  if (first !== "{" && first !== "[") {
    const simple = /[^\s,\]}]+/y;
    simple.lastIndex = start;
    return simple.test(text) ? simple.lastIndex : start + 1;
  }
  let depth = 0;
  const marks = /["{}[\]]/g;
  marks.lastIndex = start;
  while (marks.test(text)) {
    const at = marks.lastIndex - 1;
    const mark = text.charAt(at);
    if (mark === '"') marks.lastIndex = endOfString(text, at);
    else depth += mark === "{" || mark === "[" ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return text.length;
}

function endOfString(text: string, start: number): number {
  let at = text.indexOf('"', start + 1);
  while (at !== -1 && isEscaped(text, at)) at = text.indexOf('"', at + 1);
  return at === -1 ? text.length : at + 1;
}

function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text[before] === "\\") before--;
  return (at - before) % 2 === 0;
}
