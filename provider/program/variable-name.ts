/** Whether a text names an environment variable. Tokens look like names, too, but for how they begin. */
export function isVariableName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) && !/^(syt|mat|mct)_/.test(text);
}
