/**
 * Whether something is a resource of a type. The SDK writes the type into each of its resources, whichever copy of a class has
 * made it. Policy packs ask with an object that has nothing else.
 */
export function hasPulumiType(something: unknown, type: string): something is object {
  return (
    typeof something === "object" &&
    something !== null &&
    "__pulumiType" in something &&
    something.__pulumiType === type
  );
}
