/**
 * Lines of the catalogue, each with the parts by which an object is known: a definition that reads differently
 * afterwards is still there, and a part of it that Prisma cannot express is listed by itself.
 */
const OBJECTS: readonly RegExp[] = [
  /^(table \S+) kind /,
  /^(table \S+) kind \S+ owner \S+ (row security forced)$/,
  /^(table \S+ (?:comment|with|partitioned by)) /,
  /^(table \S+ constraint \S+) /,
  // A foreign key that is created again would be enforced: each row of a bulk write would pay for it.
  /^(table \S+ constraint \S+) .* (NOT ENFORCED)$/,
  /^(table \S+ index \S+) CREATE /,
  /^(table \S+ index \S+) CREATE .* (WHERE) /,
  /^(table \S+ index \S+) CREATE .* (INCLUDE) /,
  /^(table \S+ index \S+ comment) /,
  /^(table \S+ (?:policy|trigger) \S+) /,
  /^(type \S+) /,
  /^(function \S+) returns /,
  /^(schema \S+)$/,
  /^((?:table|sequence|function|schema) .*?) (grant .*)$/,
];

/** Names of what a catalogue (`dumpCatalogue`) lists, columns left out. */
export function catalogueObjects(catalogue: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const line of catalogue.split('\n')) {
    for (const pattern of OBJECTS) {
      const match = pattern.exec(line);
      if (match !== null) {
        names.add(match.slice(1).join(' '));
      }
    }
  }
  return names;
}
