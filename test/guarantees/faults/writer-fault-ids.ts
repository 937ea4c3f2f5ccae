/** Faults of `writer-faults.test.ts`. */
export const WRITER_FAULTS = [
  'F33', 'F34', 'F35', 'F36', 'F37', 'F38', 'F39', 'F40', 'F41', 'F42', 'F43', 'F46', 'F59', 'F60', 'F61', 'F62',
];
