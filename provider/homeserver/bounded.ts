import { SynapseRequestError } from "../synapse/errors";

/** What is read of an answer that can be huge, or never come: enough for ten thousands of members. */
export const roomLimits = { timeoutMs: 10_000, maxBytes: 16 * 2 ** 20 };

/**
 * The answer about a room, or undefined where it is too large or does not come: a room that is only partially joined does not
 * answer for its state, a huge one with more than can be read. Every other failure is thrown.
 */
export async function unlessTooMuch<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    const isOfRoom = error instanceof SynapseRequestError && (error.isTooLarge || error.isTimeout);
    if (!isOfRoom) throw error;
    return undefined;
  }
}
