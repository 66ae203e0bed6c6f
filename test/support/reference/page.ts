import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import type {
  DeclarationReflection,
  ParameterReflection,
  SignatureReflection,
} from "typedoc" with {
  "resolution-mode": "import",
};
import { SynapseProvider, SynapseRoomShutdown } from "../../../provider";
import { commandLine } from "../../../provider/command/flags";
import { variables } from "../../../provider/homeserver/settings";
import type { RoomShutdownProperty } from "../../../provider/program/room-shutdown";
import { meanings, type Meaning } from "../../../provider/resource/changes";
import { root } from "../machine/paths";
import { allDrifts } from "./drifts";
import { facts, schemas, type Schemas } from "./facts";
import { anchorOf, tagOf, textOf, typeText, type PublicApi } from "./public-api";

export const referenceFile = join(root, "docs", "reference.md");

/** Where more is told of some. */
const more: Readonly<Record<string, string>> = {
  archiveFile: "More: [the archive of a room](archive.md).",
  homeserverUrl: "More: [behind a reverse proxy](proxies.md).",
  accessTokenCommand: "More: [a program that prints it](tokens.md#a-program-that-prints-it).",
  protectedRooms: "More: [on `pulumi destroy`](lifecycle.md#on-pulumi-destroy).",
  getRooms: "More: [finding rooms](rooms.md).",
};

/** What a change of an argument is called. */
const changes: { readonly [meaning in Meaning]?: string } = {
  replace: "replaces the resource",
  "replace where known": "replaces the resource",
  update: "update",
  "update before delete": "update, with a shutdown on delete",
};

const aboutChanges = `What a change of an argument does, once the resource is there:

- **replaces the resource**: first what the resource does on delete, then what it does on create.
- **update**: it is applied to the room, or recorded for what is still to run. The preview says which, in a line that begins with
  \`planned:\`.
- **update, with a shutdown on delete**: it is recorded for that shutdown where \`runOn\` is \`"delete"\` or \`"both"\`. Otherwise
  the preview shows no change; what is still to run goes by it all the same.`;

const aboutOutputs = `The arguments are outputs, too, as they were resolved: with all defaults, and with the \`roomId\` of a
\`roomAlias\`. \`id\` is the room id. What can be \`undefined\` is absent then.`;

const aboutSettings = `The keys of the stack's configuration, with the environment variable that wins over it where there is one:
[configuration](configuration.md) tells what wins over what. Without \`synapse:\`, they are the arguments of a
[\`SynapseProvider\`](#synapseprovider), to which neither the stack's configuration nor the variables apply. How a list is set:
[item by item, or as JSON](configuration.md#lists-and-files).`;

/**
 * The text of docs/reference.md, made from the code.
 * @throws Error where a comment and the code say different things of what is on the page, or a comment lacks.
 */
export async function referencePage(api: PublicApi): Promise<string> {
  const drifts = allDrifts(api);
  if (drifts.length > 0) throw new Error(`TSDoc and code differ:\n${drifts.join("\n")}`);
  const config = await resolveConfig(referenceFile);
  return format(pageOf(api), { ...config, filepath: referenceFile, proseWrap: "always" });
}

function pageOf(api: PublicApi): string {
  const sections: Record<string, string> = {
    Arguments: argumentsOf(api),
    Outputs: outputsOf(api),
    Configuration: settingsOf(api),
    Functions: functionsOf(api),
    "Command line": help(),
  };
  const index = Object.keys(sections).map((title) => `[${title}](#${anchorOf(title)})`);
  return paragraphs(
    "# Reference",
    `For whoever writes a program or configures a stack, and wants to know exactly what something takes, gives and does.
Made by \`npm run docs:reference\` from the code and its comments, and not to be edited.`,
    index.join(" · "),
    ...Object.entries(sections).flatMap(([title, content]) => [`## ${title}`, content]),
  );
}

function argumentsOf(api: PublicApi): string {
  const options = api.properties("ShutdownOptions").map(({ name }) => name);
  const all = api.properties("SynapseRoomShutdownArgs");
  const isOption = ({ name }: DeclarationReflection) => options.includes(name);
  // Which room it is, what is done to it, and all else.
  const [roomId, roomAlias, ...others] = all.filter((argument) => !isOption(argument));
  const sorted = [roomId, roomAlias, ...all.filter(isOption), ...others];
  return paragraphs(
    construction(api, "SynapseRoomShutdown"),
    aboutChanges,
    ...sorted.flatMap((argument) => (argument === undefined ? [] : [argumentOf(api, argument)])),
  );
}

function argumentOf(api: PublicApi, argument: DeclarationReflection): string {
  const { name } = argument;
  const schema = schemas.args[name] ?? {};
  const change = changes[meanings[name as RoomShutdownProperty]] ?? "nothing";
  return paragraphs(
    heading(name),
    [...facts(argument, schema), `change: ${change}`].join(" · "),
    textOf(argument),
    nested(api, typeText(argument.type), schema.properties),
    more[name],
  );
}

/** What is in an argument that is an object. */
function nested(api: PublicApi, type: string, its: Schemas = {}): string {
  if (type === "RoomExpectations") return described(api, type, its);
  const isAsAbove = (name: string) => `- \`${name}\`: as [\`${name}\`](#${anchorOf(name)})`;
  return Object.keys(its).map(isAsAbove).join("\n");
}

function outputsOf(api: PublicApi): string {
  return paragraphs(aboutOutputs, ...api.outputs().map((output) => outputOf(api, output)));
}

function outputOf(api: PublicApi, output: DeclarationReflection): string {
  const type = typeText(output.type);
  const object = api.names.find((name) => type.startsWith(name));
  return paragraphs(
    heading(output.name),
    `\`${type}\``,
    textOf(output),
    object === undefined ? "" : described(api, object),
  );
}

function settingsOf(api: PublicApi): string {
  const settings = api.properties("SynapseProviderArgs");
  return paragraphs(
    aboutSettings,
    ...settings.map(settingOf),
    heading("SynapseProvider"),
    construction(api, "SynapseProvider"),
    textOf(api.exported("SynapseProviderArgs")),
  );
}

function settingOf(setting: DeclarationReflection): string {
  const { name } = setting;
  const variable = (variables as Readonly<Record<string, string>>)[name];
  const isOfProvider = name === "accessTokenEnv";
  return paragraphs(
    heading(isOfProvider ? name : `synapse:${name}`),
    [
      ...facts(setting, schemas.settings[name] ?? {}),
      ...(variable === undefined ? [] : [`environment: \`${variable}\``]),
      ...(isOfProvider ? ["of a `SynapseProvider` alone"] : []),
    ].join(" · "),
    textOf(setting),
    more[name],
  );
}

function functionsOf(api: PublicApi): string {
  return paragraphs(
    called(api, "getRooms"),
    "Its arguments are `GetRoomsArgs`, which are `RoomFilters` and `atMost`:",
    textOf(api.exported("RoomFilters")),
    fields(api, "GetRoomsArgs", schemas.getRooms),
    "Its options are `GetRoomsOptions`:",
    fields(api, "GetRoomsOptions"),
    "It gives a list of `FoundRoom`:",
    described(api, "FoundRoom"),
    called(api, "getRoomsOutput"),
    textOf(api.exported("GetRoomsOutputArgs")),
    ...[SynapseRoomShutdown, SynapseProvider].flatMap(({ name, __pulumiType }) => [
      called(api, name, "isInstance"),
      heading(`${name}.__pulumiType`),
      `\`${JSON.stringify(__pulumiType)}\``,
      textOf(api.property(name, "__pulumiType")),
    ]),
  );
}

/** How one of a class is made. */
function construction(api: PublicApi, name: string): string {
  const made = api.exported(name);
  const constructor = api.signature(name, "constructor");
  return paragraphs(
    textOf(made),
    tagOf(made, "@example"),
    parametersOf(constructor),
    throwsOf(constructor),
  );
}

/** A function, or a method of a class. */
function called(api: PublicApi, name: string, method?: string): string {
  const signature = api.signature(name, method);
  return paragraphs(
    heading(method === undefined ? name : `${name}.${method}`),
    textOf(signature),
    tagOf(signature, "@example"),
    parametersOf(signature),
    throwsOf(signature),
    more[method ?? name],
  );
}

function parametersOf({ parameters = [] }: SignatureReflection): string {
  const line = (parameter: ParameterReflection) =>
    `- \`${parameter.name}\` (\`${typeText(parameter.type)}\`): ${inLine(textOf(parameter))}`;
  return parameters
    .filter((parameter) => textOf(parameter) !== "")
    .map(line)
    .join("\n");
}

function throwsOf(signature: SignatureReflection): string {
  const [, type = "", why = ""] = /^(\S+)(.*)$/s.exec(tagOf(signature, "@throws") ?? "") ?? [];
  return type === "" ? "" : `Throws \`${type}\`${why}`;
}

/** A type of values, with what it has. */
function described(api: PublicApi, type: string, its?: Schemas): string {
  return paragraphs(textOf(api.exported(type)), fields(api, type, its));
}

/** What a type of values has, as a list. */
function fields(api: PublicApi, type: string, its?: Schemas): string {
  const field = (property: DeclarationReflection) =>
    `- \`${property.name}\` (${facts(property, its?.[property.name]).join(", ")}): ${inLine(textOf(property))}`;
  return api.properties(type).map(field).join("\n");
}

function inLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ");
}

function heading(name: string): string {
  return `### \`${name}\``;
}

function paragraphs(...texts: (string | undefined)[]): string {
  return texts.filter((text) => text !== undefined && text !== "").join("\n\n");
}

/** What the command says of itself, as a terminal of 80 columns shows it. */
function help(): string {
  const program = commandLine("", () => Promise.resolve());
  const texts = [program, ...program.commands].map((command) => {
    let text = "";
    const writeOut = (part: string) => {
      text += part;
    };
    command.configureOutput({ writeOut, getOutHelpWidth: () => 80, getOutHasColors: () => false });
    command.outputHelp();
    const isProgram = command === program;
    const line = `npx pulumi-synapse ${isProgram ? "" : `${command.name()} `}--help`;
    return `\`\`\`text\n$ ${line}\n${text.trim()}\n\`\`\``;
  });
  return paragraphs(...texts, "More: [finding rooms](rooms.md#the-command).");
}
