/** Percent-encodes one segment of a path. A dot segment would be resolved away, so it can't be sent. */
export function pathSegment(value: string): string {
  if (value === "" || value === "." || value === "..") {
    throw new Error(`"${value}" can't be part of a URL's path.`);
  }
  return encodeURIComponent(value);
}

/**
 * The path of an endpoint with an id in it. A message shows a placeholder instead of the id, which an argument has given and
 * which may be a secret.
 */
export function at(before: string, id: string, after = "", query?: URLSearchParams) {
  const asked = query === undefined ? "" : `?${query.toString()}`;
  return {
    path: `${before}${pathSegment(id)}${after}${asked}`,
    endpoint: `${before}ID${after}`,
    id,
  };
}
