import type { ErrorAnswer } from "./error-answer";

/**
 * What has become of the request: it was `refused`; it was not even looked at, since there were too many (`limited`), and
 * may be sent again; or it may have been done (`unknown`).
 */
type Fate = "refused" | "limited" | "unknown";

interface Kind {
  readonly applies: (answer: ErrorAnswer) => boolean;
  /** What can be done about it. */
  readonly remedy?: string | ((answer: ErrorAnswer) => string);
  /** Default: refused. */
  readonly fate?: Fate;
}

/** Answers of Synapse with one of these codes. */
const says =
  (...codes: string[]) =>
  ({ errcode }: ErrorAnswer) =>
    errcode !== undefined && codes.includes(errcode);

/** Answers of something before Synapse with one of these statuses. */
const foreign =
  (...statuses: number[]) =>
  ({ errcode, httpStatus }: ErrorAnswer) =>
    errcode === undefined && statuses.includes(httpStatus);

const isOfAdminApi = ({ path }: ErrorAnswer) => !path.startsWith("/_matrix/");

/** Synapse asks another homeserver where an alias of that one leads. */
const isOfServerAway = ({ errcode, httpStatus, path }: ErrorAnswer) =>
  errcode !== undefined && httpStatus === 502 && path.includes("/directory/room/");

/** Synapse names the thing that it does not have. Others say the same code of a path. */
const namesThing = ({ reason }: ErrorAnswer) => /\b(room|user|alias|delete)\b/i.test(reason);

const noSuchEndpoint =
  "This address has no such Synapse admin endpoint: the server is too old or no Synapse, or a proxy or a worker before it takes " +
  "/_synapse/admin for itself, which belongs to Synapse's main process.";

/** What an error can be, by errcode, path and shape of the answer; the first that applies. */
const kinds = {
  redirect: {
    applies: ({ httpStatus }) => httpStatus >= 300 && httpStatus < 400,
    remedy:
      "Redirects are not followed, since the access token would go along: set the homeserver URL to its final address, or let the API through where it leads to a login page.",
  },
  "rate limit": {
    applies: ({ httpStatus, errcode }) =>
      (httpStatus === 429 && errcode !== undefined) || errcode === "M_LIMIT_EXCEEDED",
    remedy: "The homeserver limits the rate of requests: try again later.",
    fate: "limited",
  },
  "token missing": {
    applies: says("M_MISSING_TOKEN"),
    remedy:
      "The homeserver got no access token: a proxy before it removes or replaces the header Authorization, which it has to let through.",
  },
  "token expired": {
    applies: ({ errcode, hints, reason }) =>
      errcode === "M_UNKNOWN_TOKEN" && (hints?.isSoftLogout === true || /expired/i.test(reason)),
    remedy: "The access token has expired: set a new one.",
  },
  "token unknown": {
    applies: says("M_UNKNOWN_TOKEN"),
    remedy:
      "The access token is mistyped, expired, revoked or one of another homeserver: set a valid one.",
  },
  "user locked": {
    applies: ({ errcode = "" }) => /USER_(LOCKED|(ACCOUNT_)?SUSPENDED)$/.test(errcode), // Older: of an MSC.
    remedy:
      "The account of the access token is locked or suspended: have that lifted, or set the token of another server admin.",
  },
  "user gone": {
    applies: says("M_USER_DEACTIVATED", "ORG_MATRIX_EXPIRED_ACCOUNT"),
    remedy:
      "The account of the access token is deactivated or expired: set the token of another server admin.",
  },
  "terms not accepted": {
    applies: says("M_CONSENT_NOT_GIVEN"),
    remedy: ({ hints }) =>
      `The account of the access token has not accepted the homeserver's terms: accept them as that user, ${hints?.consentOrigin === undefined ? "in a client" : `at ${hints.consentOrigin}`}.`,
  },
  "no admin": {
    applies: ({ errcode, reason }) =>
      errcode === "M_GUEST_ACCESS_FORBIDDEN" ||
      (errcode === "M_FORBIDDEN" && /not a server admin/i.test(reason)),
    remedy:
      "The access token must belong to a server admin of this homeserver; one of the authentication service needs the scope urn:synapse:admin:*.",
  },
  "forbidden by a module": {
    applies: ({ errcode, reason }) =>
      errcode === "M_FORBIDDEN" && /shutdown of this room is forbidden/i.test(reason),
    remedy:
      "A module of the homeserver forbids to shut this room down: only whoever runs the homeserver can allow it.",
  },
  forbidden: {
    applies: ({ errcode, httpStatus }) =>
      errcode !== undefined && (httpStatus === 401 || httpStatus === 403),
    remedy:
      "The homeserver forbids this to the account of the access token, for the reason that it gives.",
  },
  "body lost": {
    applies: ({ errcode = "", reason }) =>
      ["M_NOT_JSON", "M_BAD_JSON"].includes(errcode) && /^content (not|must be)/i.test(reason),
    remedy: ({ method }) =>
      `A proxy before the homeserver removes or changes the body of the request: it has to let the body of ${method} through.`,
  },
  "not found": {
    applies: (answer) =>
      answer.httpStatus === 404 && answer.errcode === "M_NOT_FOUND" && namesThing(answer),
  },
  "no homeserver": {
    applies: (answer) => answer.httpStatus === 404 && !isOfAdminApi(answer),
    remedy: ({ origin }) =>
      `No homeserver answers at this address. If the homeserver URL has the server's name: its base URL is in ${origin}/.well-known/matrix/client (m.homeserver, base_url).`,
  },
  "missing route": {
    applies: ({ errcode, httpStatus }) => errcode === "M_UNRECOGNIZED" && httpStatus === 404,
    remedy: noSuchEndpoint,
  },
  "odd route": {
    applies: ({ errcode, httpStatus }) =>
      errcode !== undefined && (httpStatus === 404 || httpStatus === 405),
    remedy: noSuchEndpoint,
  },
  "token not verified": {
    applies: ({ errcode, httpStatus, reason }) =>
      errcode !== undefined && httpStatus === 503 && /introspect/i.test(reason),
    remedy:
      "The homeserver can't ask its authentication service about the access token: check that service.",
    fate: "unknown",
  },
  "alias's server away": {
    applies: isOfServerAway,
    remedy:
      "The other homeserver, whose alias it is, does not answer this one: try again later, or name the room by its id.",
    fate: "unknown",
  },
  "homeserver's problem": {
    applies: ({ errcode, httpStatus }) => errcode !== undefined && httpStatus >= 500,
    remedy: "The homeserver has a problem: its log says more.",
    fate: "unknown",
  },
  "http for https": {
    applies: (answer) => foreign(400)(answer) && /plain HTTP request/i.test(answer.reason),
    remedy: "The port is one for https: begin the homeserver URL with https://.",
  },
  "proxy's 400": {
    applies: foreign(400),
    remedy:
      "What stands before the homeserver may want a client certificate (clientCertFile, clientKeyFile).",
  },
  "proxy's login": {
    applies: foreign(401),
    remedy: ({ hints }) =>
      `What stands before the homeserver wants a login of its own (${hints?.authScheme ?? "401"}): it has to let /_matrix and /_synapse/admin through with the access token alone.`,
  },
  "outgoing proxy's login": {
    applies: foreign(407),
    remedy:
      "The proxy of HTTPS_PROXY or HTTP_PROXY wants a login: put the user and the password into that variable.",
  },
  "proxy's 403": {
    applies: foreign(403),
    remedy:
      "What stands before the homeserver, such as a proxy or a firewall, forbids this: let /_matrix and /_synapse/admin through from this machine.",
  },
  "proxy's 404": {
    applies: foreign(404),
    remedy:
      "What stands before the homeserver does not let /_synapse/admin through to it, or the path of the homeserver URL is wrong.",
  },
  "proxy's 405": {
    applies: foreign(405),
    remedy: ({ method }) =>
      `What stands before the homeserver does not let the method ${method} through, which it has to.`,
  },
  "proxy's form": {
    applies: foreign(411, 413, 414, 415, 431),
    remedy:
      "What stands before the homeserver refuses the size or the form of the request: it has to let it through as it is.",
  },
  "proxy's rate limit": {
    applies: foreign(429),
    remedy:
      "What stands before the homeserver limits the rate of requests: try again later, or exempt this machine there.",
    fate: "limited",
  },
  "proxy's 408": {
    applies: foreign(408),
    remedy:
      "What stands before the homeserver has not waited for the request: check the network, and how long it waits.",
    fate: "unknown",
  },
  "nothing behind": {
    applies: foreign(502, 503, 504),
    remedy:
      "What stands before the homeserver gets no answer from it in time: check that the homeserver runs, and how long a proxy waits.",
    fate: "unknown",
  },
  Cloudflare: {
    applies: foreign(520, 521, 522, 523, 524, 525, 526, 527, 530),
    remedy:
      "Cloudflare before the homeserver gets no answer from it, or none that it can use: check that the homeserver runs and can be reached from there.",
    fate: "unknown",
  },
  "proxy's problem": {
    applies: ({ httpStatus }) => httpStatus >= 500,
    remedy: "What stands before the homeserver has a problem: its log says more.",
    fate: "unknown",
  },
  "proxy's refusal": {
    applies: ({ errcode }) => errcode === undefined,
    remedy: "What stands before the homeserver has refused the request: its log says more.",
  },
  other: { applies: () => true },
} satisfies Record<string, Kind>;

/** What an error can be. */
export type KindName = keyof typeof kinds;

/** What an error is, what can be done about it, and what has become of the request. */
export function meaningOf(answer: ErrorAnswer): {
  readonly kind: KindName;
  readonly remedy: string | undefined;
  readonly fate: Fate;
} {
  const all = Object.entries(kinds) as [KindName, Kind][];
  const [name, kind] = all.find(([, { applies }]) => applies(answer)) ?? ["other", kinds.other];
  const { remedy, fate = "refused" }: Kind = kind;
  return { kind: name, remedy: typeof remedy === "function" ? remedy(answer) : remedy, fate };
}
