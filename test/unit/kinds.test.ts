import assert from "node:assert/strict";
import type { SynapseAdminClient } from "../../provider/synapse/admin-client";
import type { SynapseRequestError } from "../../provider/synapse/errors";
import type { KindName } from "../../provider/synapse/kinds";
import { ScriptedServer, answer, failure } from "../support/network/scripted-server";

type Flag = "isAnswerLost" | "isRateLimited" | "isServerAway" | "isMissingRoute" | "isNotFound";
const lost: Flag[] = ["isAnswerLost", "isServerAway"];
const limited: Flag[] = ["isRateLimited", "isServerAway"];

type Ask = (client: SynapseAdminClient) => Promise<unknown>;
const whoami: Ask = (client) => client.whoami();
const details: Ask = (client) => client.roomDetails("!a:b");
const alias: Ask = (client) => client.resolveAlias("#a:b");
const shutDown: Ask = (client) =>
  client.deleteRoom("!a:b", { block: false, purge: true, forcePurge: false });

/** What is asked, what is answered (status, body), what it is, and what the message says. */
type Case = [Ask, number, string | object, KindName, RegExp, More?];
interface More {
  readonly headers?: Record<string, string>;
  readonly flags?: readonly Flag[];
}

const error = (errcode: string, text: string, more: object = {}) => ({
  errcode,
  error: text,
  ...more,
});
const page = (title: string) => `<html><head><title>${title}</title></head></html>`;

const cases: Record<string, Case> = {
  "no server admin": [
    details,
    403,
    error("M_FORBIDDEN", "You are not a server admin"),
    "no admin",
    /must belong to a server admin.*urn:synapse:admin:\*/,
  ],
  "a guest": [
    whoami,
    403,
    error("M_GUEST_ACCESS_FORBIDDEN", "Guest access not allowed"),
    "no admin",
    /must belong to a server admin/,
  ],
  "a module that forbids it": [
    shutDown,
    403,
    error("M_FORBIDDEN", "Shutdown of this room is forbidden"),
    "forbidden by a module",
    /A module of the homeserver forbids/,
  ],
  "another M_FORBIDDEN": [
    details,
    403,
    error("M_FORBIDDEN", "Application service cannot masquerade"),
    "forbidden",
    /masquerade\. The homeserver forbids this to the account/,
  ],
  "a token that has expired": [
    details,
    401,
    error("M_UNKNOWN_TOKEN", "Access token has expired", { soft_logout: true }),
    "token expired",
    /has expired: set a new one/,
  ],
  "a token that nobody knows": [
    details,
    401,
    error("M_UNKNOWN_TOKEN", "Invalid access token passed.", { soft_logout: false }),
    "token unknown",
    /mistyped, expired, revoked/,
  ],
  "a proxy that strips the token": [
    details,
    401,
    error("M_MISSING_TOKEN", "Missing access token"),
    "token missing",
    /a proxy before it removes or replaces the header Authorization/,
  ],
  "a locked user": [
    details,
    401,
    error("M_USER_LOCKED", "User account has been locked", { soft_logout: true }),
    "user locked",
    /is locked or suspended/,
  ],
  "a locked user of an older Synapse": [
    details,
    401,
    error("ORG_MATRIX_MSC3939_USER_LOCKED", "User account has been locked"),
    "user locked",
    /is locked or suspended/,
  ],
  "a suspended user of an older Synapse": [
    details,
    403,
    error("ORG.MATRIX.MSC3823.USER_ACCOUNT_SUSPENDED", "Suspended"),
    "user locked",
    /is locked or suspended/,
  ],
  "a suspended user": [
    shutDown,
    403,
    error("M_USER_SUSPENDED", "Suspended"),
    "user locked",
    /is locked or suspended/,
  ],
  "a deactivated user": [
    details,
    403,
    error("M_USER_DEACTIVATED", "Deactivated"),
    "user gone",
    /is deactivated or expired/,
  ],
  "terms that are not accepted": [
    shutDown,
    403,
    error("M_CONSENT_NOT_GIVEN", "Please accept", {
      consent_uri: "https://hs.test/c?u=a&h=secret",
    }),
    "terms not accepted",
    /terms: accept them as that user, at https:\/\/hs\.test\.$/,
  ],
  "terms without an address": [
    shutDown,
    403,
    error("M_CONSENT_NOT_GIVEN", "Please accept", { consent_uri: 7 }),
    "terms not accepted",
    /accept them as that user, in a client\.$/,
  ],
  "a proxy that strips the body of DELETE": [
    shutDown,
    400,
    error("M_NOT_JSON", "Content not JSON."),
    "body lost",
    /has to let the body of DELETE through/,
  ],
  "a proxy that makes something else of the body": [
    shutDown,
    400,
    error("M_BAD_JSON", "Content must be a JSON object."),
    "body lost",
    /has to let the body of DELETE through/,
  ],
  "a value that Synapse refuses": [
    shutDown,
    400,
    error("M_BAD_JSON", "Param 'block' must be a boolean, if given"),
    "other",
    /must be a boolean, if given$/,
  ],
  "a room that is not there": [
    details,
    404,
    error("M_NOT_FOUND", "Room not found"),
    "not found",
    /Room not found$/,
    { flags: ["isNotFound"] },
  ],
  "an alias that is not there": [
    alias,
    404,
    error("M_NOT_FOUND", "Room alias #a:b not found"),
    "not found",
    /not found$/,
    { flags: ["isNotFound"] },
  ],
  "a path that something else says is not there": [
    details,
    404,
    error("M_NOT_FOUND", "No resource was found for this request"),
    "odd route",
    /no such Synapse admin endpoint/,
  ],
  "a route that the server does not have": [
    details,
    404,
    error("M_UNRECOGNIZED", "Unrecognized request"),
    "missing route",
    /no such Synapse admin endpoint/,
    { flags: ["isMissingRoute"] },
  ],
  "a method that the server does not have": [
    shutDown,
    405,
    error("M_UNRECOGNIZED", "Unrecognized request"),
    "odd route",
    /no such Synapse admin endpoint/,
  ],
  "the server's name instead of its base URL": [
    whoami,
    404,
    page("404 Not Found"),
    "no homeserver",
    /in http:\/\/127\.0\.0\.1:\d+\/\.well-known\/matrix\/client/,
  ],
  "whoami of no homeserver, as JSON": [
    whoami,
    404,
    error("M_UNRECOGNIZED", "Unrecognized request"),
    "no homeserver",
    /\.well-known\/matrix\/client/,
  ],
  "an alias where a proxy says 404": [
    alias,
    404,
    page("404 Not Found"),
    "no homeserver",
    /No homeserver/,
  ],
  "a proxy's 404": [
    details,
    404,
    page("404 Not Found"),
    "proxy's 404",
    /something before it, such as nginx \(.*does not let \/_synapse\/admin/,
    { headers: { Server: "nginx/1.22.1" } },
  ],
  "a proxy's 404 as JSON": [
    details,
    404,
    { error: "Room not found" },
    "proxy's 404",
    /something before it, such as a proxy \(Room not found\)/,
  ],
  "a path outside of Synapse's APIs": [
    details,
    404,
    page("No Such Resource"),
    "proxy's 404",
    /of no API of Synapse's .*the path of the homeserver URL is wrong/,
    { headers: { Server: "Synapse/1.163.2" } },
  ],
  "a proxy's Basic": [
    details,
    401,
    page("401"),
    "proxy's login",
    /wants a login of its own \(Basic\)/,
    { headers: { "WWW-Authenticate": 'Basic realm="x"' } },
  ],
  "a proxy on the way out": [details, 407, "", "outgoing proxy's login", /HTTPS_PROXY/],
  "a proxy's 403": [
    shutDown,
    403,
    page("403 Forbidden"),
    "proxy's 403",
    /forbids this: let .*\/_synapse\/admin through from this machine/,
  ],
  "a proxy's 405": [shutDown, 405, page("405"), "proxy's 405", /the method DELETE/],
  "a proxy's 411": [shutDown, 411, "", "proxy's form", /refuses the size or the form/],
  "a proxy's 413": [shutDown, 413, "", "proxy's form", /refuses the size or the form/],
  "a proxy's 414": [shutDown, 414, "", "proxy's form", /refuses the size or the form/],
  "a proxy's 415": [shutDown, 415, "", "proxy's form", /refuses the size or the form/],
  "a proxy's 431": [shutDown, 431, "", "proxy's form", /refuses the size or the form/],
  "a proxy that wants a client certificate": [
    whoami,
    400,
    page("400 No required SSL certificate was sent"),
    "proxy's 400",
    /client certificate \(clientCertFile, clientKeyFile\)/,
  ],
  "http where https is spoken": [
    whoami,
    400,
    page("400 The plain HTTP request was sent to HTTPS port"),
    "http for https",
    /begin the homeserver URL with https/,
  ],
  "a redirect": [
    shutDown,
    308,
    "",
    "redirect",
    /redirects to https:\/\/other\.test\. Redirects are not followed/,
    { headers: { Location: "https://other.test/?t=1" } },
  ],
  "another refusal of a proxy": [shutDown, 418, "", "proxy's refusal", /has refused the request/],
  "a rate limit of Synapse": [
    shutDown,
    429,
    error("M_LIMIT_EXCEEDED", "Too Many Requests"),
    "rate limit",
    /The homeserver limits the rate/,
    { flags: limited },
  ],
  "a rate limit of a proxy": [
    shutDown,
    429,
    page("429"),
    "proxy's rate limit",
    /What stands before the homeserver limits the rate/,
    { flags: limited },
  ],
  "a proxy's 408": [shutDown, 408, "", "proxy's 408", /has not waited/, { flags: lost }],
  "Synapse's own 500": [
    shutDown,
    500,
    error("M_UNKNOWN", "Internal server error"),
    "homeserver's problem",
    /The homeserver has a problem/,
    { flags: lost },
  ],
  "a token that can't be verified": [
    shutDown,
    503,
    error("M_UNKNOWN", "Unable to introspect the access token"),
    "token not verified",
    /can't ask its authentication service/,
    { flags: lost },
  ],
  "an alias of a server that is away": [
    alias,
    502,
    error("M_UNKNOWN", "Failed to fetch alias"),
    "alias's server away",
    /does not answer this one: try again later, or name the room by its id/,
    { flags: lost },
  ],
  "a proxy's 502": [shutDown, 502, "", "nothing behind", /gets no answer/, { flags: lost }],
  "a proxy's 503": [shutDown, 503, "", "nothing behind", /gets no answer/, { flags: lost }],
  "a proxy's 504": [shutDown, 504, "", "nothing behind", /gets no answer/, { flags: lost }],
  "Cloudflare's 520": [
    shutDown,
    520,
    "error",
    "Cloudflare",
    /^.*Cloudflare before/,
    { flags: lost },
  ],
  "Cloudflare's 522": [
    shutDown,
    522,
    "error",
    "Cloudflare",
    /^.*Cloudflare before/,
    { flags: lost },
  ],
  "Cloudflare's 524": [
    shutDown,
    524,
    "error",
    "Cloudflare",
    /^.*Cloudflare before/,
    { flags: lost },
  ],
  "Cloudflare's 527": [
    shutDown,
    527,
    "error",
    "Cloudflare",
    /^.*Cloudflare before/,
    { flags: lost },
  ],
  "Cloudflare's 530": [
    shutDown,
    530,
    "error",
    "Cloudflare",
    /^.*Cloudflare before/,
    { flags: lost },
  ],
  "another problem of a proxy": [
    shutDown,
    500,
    page("500"),
    "proxy's problem",
    /What stands before the homeserver has a problem/,
    { flags: lost },
  ],
};

describe("what an error means", () => {
  let server: ScriptedServer;
  afterEach(() => {
    server.close();
  });

  for (const [name, [ask, status, body, kind, says, more = {}]] of Object.entries(cases)) {
    it(`knows ${name}`, async () => {
      const { headers, flags = [] } = more;
      server = new ScriptedServer([answer(status, body, headers)]);
      const found = await failure(ask(await server.client()));
      assert.match(found.message, says);
      assert.doesNotMatch(found.message, /undefined|secret/);
      assert.equal(found.kind, kind);
      assert.deepEqual(trueFlags(found), [...flags].sort());
    });
  }

  it("knows a login page with 200, which may have done anything", async () => {
    server = new ScriptedServer([answer(200, page("Log in"))]);
    const found = await failure(shutDown(await server.client()));
    assert.match(found.message, /not what Synapse answers.* or a login page/);
    assert.deepEqual(trueFlags(found), lost);
  });
});

function trueFlags(found: SynapseRequestError): Flag[] {
  const all: Flag[] = [
    "isAnswerLost",
    "isMissingRoute",
    "isNotFound",
    "isRateLimited",
    "isServerAway",
  ];
  return all.filter((flag) => found[flag]);
}
