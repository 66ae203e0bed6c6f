// Which folder of provider/ may import which: what runs earlier knows what runs later, never the other way round. Imports of
// types count, too.
const allowed = {
  command: ["command", "rooms", "homeserver", "resource", "synapse"],
  hooks: ["hooks", "shutdown", "review", "homeserver", "resource", "synapse"],
  shutdown: ["shutdown", "review", "homeserver", "resource", "synapse"],
  review: ["review", "homeserver", "resource", "synapse"],
  rooms: ["rooms", "homeserver", "resource", "synapse"],
  homeserver: ["homeserver", "synapse"],
  resource: ["resource", "synapse"],
  synapse: ["synapse"],
  program: ["program"],
};

/** Layers that may use what the program side declares: the names and types of its arguments and outputs. */
const knowsProgram = ["command", "rooms", "resource", "homeserver"];

const direction = Object.entries(allowed).map(([folder, others]) => {
  const folders = knowsProgram.includes(folder) ? [...others, "program"] : others;
  return {
    name: `imports-of-${folder}`,
    severity: "error",
    comment: `provider/${folder} imports only ${folders.join(", ")}`,
    from: { path: `^provider/${folder}/` },
    to: { path: "^provider/", pathNot: `^provider/(${folders.join("|")})/`, dynamic: false },
  };
});

export default {
  forbidden: [
    {
      name: "no-circles",
      severity: "error",
      comment: "files that import each other can't be understood one at a time",
      from: {},
      to: { circular: true },
    },
    {
      name: "program-is-light",
      severity: "error",
      comment: "a user's program must not load axios, zod or commander",
      from: { path: "^provider/(program/|index\\.ts)" },
      to: { path: "node_modules/(axios|axios-retry|async-mutex|commander|zod)/" },
    },
    {
      name: "provider-stands-alone",
      severity: "error",
      from: { path: "^provider/" },
      to: { path: "^(test|examples|dist)/" },
    },
    ...direction,
    {
      name: "loaded-late",
      severity: "error",
      comment: "only the search for rooms is loaded when it is called",
      from: { path: "^provider/" },
      to: { dynamic: true, pathNot: "^provider/rooms/find-rooms\\.ts$" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["require", "types"] },
  },
};
