/** A homeserver's base URL as it is compared and shown: without a slash at its end. What is no URL stays as it is. */
export function baseUrl(text: string): string {
  return URL.canParse(text) ? new URL(text).href.replace(/\/+$/, "") : text;
}
