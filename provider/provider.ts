/**
 * What the dynamic-provider host loads: `require("pulumi-synapse/provider").roomShutdown`. Both names are in users'
 * state and stay as they are.
 */
export { roomShutdown } from "./hooks/lifecycle";
