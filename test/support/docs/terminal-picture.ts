const charWidth = 7.8;
const lineHeight = 18;
const margin = 16;
const titleBar = 28;
const mostColumns = 132;

/** Colours of a line by how it begins, and of what this package says. A word such as "create" can be part of any value. */
const colours: [RegExp, string][] = [
  [/^error:/, "#ff7b72"],
  [/\b(warning|planned): /, "#e3b341"],
  [/^\s*\+\s/, "#7ee787"],
  [/^\s*~\s/, "#d2a8ff"],
  [/^\$ /, "#79c0ff"],
];

/** Draws what a terminal shows, as SVG. Long lines are broken. */
export function terminalPicture(title: string, text: string): string {
  const lines = text.split("\n").flatMap(broken);
  const columns = Math.max(60, ...lines.map(({ length }) => length));
  const [width, height] = [
    columns * charWidth + 2 * margin,
    titleBar + lines.length * lineHeight + 2 * margin,
  ];
  const drawn = lines.map((line, i) => {
    const colour = colours.find(([pattern]) => pattern.test(line))?.[1] ?? "#e6edf3";
    const y = titleBar + margin + (i + 0.75) * lineHeight;
    return `<text x="${margin}" y="${y}" fill="${colour}" xml:space="preserve">${escaped(line)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(width)}" height="${Math.ceil(height)}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="#0d1117"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13">`,
    `<text x="${margin}" y="${titleBar - 8}" fill="#8b949e">${escaped(title)}</text>`,
    ...drawn,
    "</g></svg>\n",
  ].join("\n");
}

function broken(line: string): string[] {
  const indent = "    ";
  const parts: string[] = [];
  let rest = line;
  while (rest.length > mostColumns) {
    const at = Math.max(rest.lastIndexOf(" ", mostColumns), mostColumns / 2);
    parts.push(rest.slice(0, at));
    rest = indent + rest.slice(at).trimStart();
  }
  return [...parts, rest];
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
