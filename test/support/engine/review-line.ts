/** What an operation says of a room that it reviews: the line that a reader of the preview has to go by. */
export function reviewLine(output: string, roomId: string): string {
  const lines = output
    .split("\n")
    .filter((line) => line.includes(roomId) && line.includes(": warning: on "));
  if (lines[0] === undefined) throw new Error(`nothing is said of ${roomId}:\n${output}`);
  return lines[0];
}
