// in the sandbox of jest, each access to a global is slow, and this is called millions of times
const { min } = Math;

/** Name of a list that is closest to a misspelled one. Undefined if none is close. */
export function closestName(name: string, names: readonly string[]): string | undefined {
  const most = Math.max(2, Math.floor(name.length / 4));
  const [closest] = names
    .filter((candidate) => Math.abs(candidate.length - name.length) <= most) // the distance is at least that
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  return closest && closest.distance <= most ? closest.candidate : undefined;
}

/** Number of characters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      next.push(min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}
