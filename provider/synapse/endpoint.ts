import { pathSegment } from "./http";

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
