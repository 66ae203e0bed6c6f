import { join } from "node:path";
import type {
  CommentDisplayPart,
  DeclarationReflection,
  ProjectReflection,
  Reflection,
  SignatureReflection,
  SomeType,
} from "typedoc" with { "resolution-mode": "import" };
import { root } from "../machine/paths";

/** What `provider/index.ts` exports, with its TSDoc. */
export class PublicApi {
  private constructor(private readonly project: ProjectReflection) {}

  static async read(): Promise<PublicApi> {
    const { Application, TSConfigReader } = await import("typedoc");
    const app = await Application.bootstrap(
      {
        entryPoints: [join(root, "provider", "index.ts")],
        tsconfig: join(root, "tsconfig.build.json"),
        skipErrorChecking: true, // `npm run typecheck` finds errors.
        disableSources: true,
        excludeExternals: true,
        excludeInternal: true,
        excludePrivate: true,
        excludeProtected: true,
        sort: ["source-order"],
        jsDocCompatibility: { defaultTag: false },
        logLevel: "Warn",
      },
      [new TSConfigReader()],
    );
    const project = await app.convert();
    if (project === undefined) throw new Error("typedoc can't read provider/index.ts");
    return new PublicApi(project);
  }

  /** The names of all that is exported. */
  get names(): string[] {
    return (this.project.children ?? []).map(({ name }) => name);
  }

  /** A class, a function or a type. */
  exported(name: string): DeclarationReflection {
    const found = this.project.children?.find((child) => child.name === name);
    if (found === undefined) throw new Error(`provider/index.ts does not export ${name}`);
    return found;
  }

  /** The properties of a class or an interface, in the order of the source. */
  properties(owner: string): DeclarationReflection[] {
    return (this.exported(owner).children ?? []).filter(({ type }) => type !== undefined);
  }

  /** One of them. */
  property(owner: string, property: string): DeclarationReflection {
    const found = this.properties(owner).find(({ name }) => name === property);
    if (found === undefined) throw new Error(`${owner} has no ${property}`);
    return found;
  }

  /** What a `SynapseRoomShutdown` has besides its arguments, which are outputs, too. */
  outputs(): DeclarationReflection[] {
    const args = this.properties("SynapseRoomShutdownArgs").map(({ name }) => name);
    return this.properties("SynapseRoomShutdown").filter(
      ({ name, flags }) => !args.includes(name) && !flags.isStatic,
    );
  }

  /** A function, or a method or the constructor of a class. */
  signature(owner: string, method?: string): SignatureReflection {
    const exported = this.exported(owner);
    const holder =
      method === undefined ? exported : exported.children?.find(({ name }) => name === method);
    const [signature] = holder?.signatures ?? [];
    if (signature === undefined) throw new Error(`${owner} has no ${method ?? "signature"}`);
    return signature;
  }
}

/** The text of a comment, as Markdown. Empty where there is none. */
export function textOf({ comment }: Reflection): string {
  return markdown(comment?.summary ?? []).trim();
}

/** The text of a tag of a comment, such as `@example`. */
export function tagOf({ comment }: Reflection, tag: `@${string}`): string | undefined {
  const content = comment?.getTag(tag)?.content;
  return content && markdown(content).trim();
}

function markdown(parts: readonly CommentDisplayPart[]): string {
  return parts.map((part) => (part.kind === "inline-tag" ? link(part) : part.text)).join("");
}

/** Where on the page that is which comments link to. All else has a heading of its name. */
const places: Readonly<Record<string, string>> = {
  RoomExpectations: "expect",
  SynapseRoomShutdown: "arguments",
  SynapseRoomShutdownArgs: "arguments",
};

function link({ text, target }: { text: string; target?: unknown }): string {
  const name = text.split(".").at(-1) ?? text;
  if (target === undefined) throw new Error(`a comment links to ${text}, which is not exported`);
  return `[\`${name}\`](#${places[name] ?? anchorOf(name)})`;
}

/** The anchor of a heading, as GitHub makes it. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-");
}

/** A type as a user writes a value of it: whether it comes by an input or in an output goes without saying. */
export function typeText(type: SomeType | undefined): string {
  if (type === undefined) return "unknown";
  if (type.type === "reference") {
    const [inner] = type.typeArguments ?? [];
    if (
      inner !== undefined &&
      ["Input", "Output", "OutputInstance", "Unwrap"].includes(type.name)
    ) {
      return typeText(inner);
    }
    const alias = type.reflection as DeclarationReflection | undefined;
    return alias?.type?.type === "union" ? typeText(alias.type) : type.name;
  }
  if (type.type === "array") {
    const element = typeText(type.elementType);
    return element.includes(" ") ? `(${element})[]` : `${element}[]`;
  }
  if (type.type === "union") return type.types.map(typeText).join(" | ");
  if (type.type === "literal") return JSON.stringify(type.value);
  return type.toString();
}
