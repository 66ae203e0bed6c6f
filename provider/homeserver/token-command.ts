import { z } from "zod";
import { runProgram, type ProgramFailure } from "./program-run";
import { ConfigurationError, isAccessToken, json, type Setting } from "./settings";

/** A program and its arguments. None can have a NUL character. */
const command = z
  .tuple([z.string().min(1)], z.string())
  .refine((all) => !all.join("").includes("\0"));

const mustPrint =
  "Run it by hand in the project's folder: it must print the token and nothing else to its standard output, and ask for nothing.";

/**
 * The access token that a program prints. It runs when the first token is wanted, and again when the homeserver has refused
 * the token that it gave last. Who wants a token while it runs gets the one of this run.
 */
export class TokenCommand {
  private running: Promise<string> | undefined;
  private last: string | undefined;

  private constructor(
    private readonly source: string,
    private readonly program: string,
    private readonly args: readonly string[],
  ) {}

  /**
   * The program that a setting names.
   * @throws ConfigurationError if it is not a list as JSON. It shows no part of it: arguments may be secrets.
   */
  static of({ value, source }: Setting): TokenCommand {
    const parsed = json(command).safeParse(value);
    if (!parsed.success) {
      throw new ConfigurationError([
        `${source} must be a list of texts as JSON, the program and then each of its arguments, such as ` +
          '["vault", "kv", "get", "-field=token", "secret/matrix"]: there is no shell that takes a command line apart.',
      ]);
    }
    const [program, ...args] = parsed.data;
    return new TokenCommand(source, program, args);
  }

  /**
   * The token. `refused`: one that the homeserver has refused; another one is given, unless the program prints it again.
   * @throws ConfigurationError with how the program has ended and the end of its standard error, but with neither its output
   * nor its arguments, nor any word of them. The next call runs it again.
   */
  async token(refused?: string): Promise<string> {
    if (this.running !== undefined) return this.running;
    if (this.last !== undefined && this.last !== refused) return this.last;
    this.running = this.run();
    try {
      this.last = await this.running;
      return this.last;
    } finally {
      this.running = undefined;
    }
  }

  private async run(): Promise<string> {
    const { stdout, stderr, failure } = await runProgram(this.program, this.args);
    const token = stdout.trim();
    const fault = failure ?? outputFault(token);
    if (fault === undefined) return token;
    const { what, remedy = mustPrint } = fault;
    const said = lastWords(this.redact(stderr, token));
    const quoted = said === "" ? "" : ` Its standard error ends with ${JSON.stringify(said)}.`;
    throw new ConfigurationError([
      `${this.source} gave no access token: the program ${this.shownProgram} ${what}.${quoted} ${remedy}`,
    ]);
  }

  /** Behind the first blank there may be arguments, if a whole command line is in the place of the program. */
  private get shownProgram(): string {
    const [first = ""] = this.program.split(/\s/);
    return JSON.stringify(first === this.program ? first : `${first} ...`);
  }

  /** What a program says, without what it was told and what it has printed as the token, whole or in parts. */
  private redact(text: string, output: string): string {
    const parts = [...this.args, output].flatMap(partsOf);
    // A short one could be part of any word.
    const long = parts.filter(({ length }) => length >= 5);
    const secrets = new Set([output, this.last ?? "", ...long]);
    return [...secrets]
      .filter((secret) => secret !== "")
      .sort((one, other) => other.length - one.length)
      .reduce((rest, secret) => rest.replaceAll(secret, "[hidden]"), text)
      .replace(matrixToken, "[hidden]");
  }
}

/**
 * What of a text may be a secret by itself: the whole, what follows the name of an option, a header or a user, and its words,
 * also those of a URL.
 */
function partsOf(text: string): string[] {
  const values = ["=", ":"].map((mark) => text.slice(text.indexOf(mark) + 1).trim());
  const words = [/[\s"'`=,:;{}()&]+/, /[^\w.~+-]+/].flatMap((separators) => text.split(separators));
  return [text, ...values, ...words];
}

/** A token that Synapse or the Matrix authentication service has issued, to refresh others with, too. */
const matrixToken = /\b(?:sy[trl]|m[acp][tr])_[\w+/=-]+/g;

const shownLength = 500;

function lastWords(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > shownLength ? `...${line.slice(-shownLength)}` : line;
}

function outputFault(token: string): ProgramFailure | undefined {
  if (token === "") return { what: "ended with exit code 0, but printed nothing" };
  if (isAccessToken(token)) return undefined;
  return {
    what: "ended with exit code 0, but what it printed is no token: there are spaces or unusual characters in it",
  };
}
