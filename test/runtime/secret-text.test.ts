import { failure, success } from '../../src/runtime/result';
import { readSecretText } from '../../src/runtime/secret-text';

test.each<[string, string, string[]]>([
  ['one plain value', 'whsec_a', ['whsec_a']],
  ['a plain value with a pasted newline', ' whsec_a\n', ['whsec_a']],
  ['a plain value after a byte order mark', '\uFEFFwhsec_a', ['whsec_a']],
  ['a plain value that contains a bracket', 'whsec_a[b', ['whsec_a[b']],
  ['a value in double quotes', '"whsec_a"', ['whsec_a']],
  ['a value in double quotes with blanks', ' " whsec_a " \n', ['whsec_a']],
  ['a value in single quotes', "'whsec_a'\n", ['whsec_a']],
  ['a value in single quotes with blanks', "' whsec_a '", ['whsec_a']],
  ['a JSON array', '["whsec_a", "whsec_b\\n", "", 1, null]', ['whsec_a', 'whsec_b']],
  ['a JSON array after a pasted newline', '\n["whsec_a"]', ['whsec_a']],
  ['a JSON object of names', '{"live":"whsec_a","connect":"whsec_b"}', ['whsec_a', 'whsec_b']],
  ['a JSON object with other values', '{"apiKey":"sk_live_1","count":2,"secret":"whsec_a"}', ['whsec_a']],
])('N59: a secret with %s has the values that can sign', (_what, text, expected) => {
  expect(readSecretText(text)).toEqual(success(expected));
});

test.each<[string, string | undefined]>([
  ['no text, as a binary secret has', undefined],
  ['an empty text', ''],
  ['only blanks', ' \n\t'],
])('N59: a secret with %s is invalid for the reason NoValue', (_what, text) => {
  expect(readSecretText(text)).toEqual(failure('NoValue'));
});

test.each([
  ['a comma after the last item', '["whsec_a",]'],
  ['a list without an end', '["whsec_a"'],
  ['an object without quotes', '{webhook: whsec_a}'],
  ['a quote at the beginning only', '"whsec_a'],
  ['two JSON values', '{"a":"whsec_a"}{"b":"whsec_b"}'],
])('N59: a secret with %s is invalid for the reason NotJson', (_what, text) => {
  expect(readSecretText(text)).toEqual(failure('NotJson'));
});

test.each([
  ['a variable', 'STRIPE=whsec_a'],
  ['an exported variable', 'export STRIPE_SECRET="whsec_a"'],
  ['a YAML entry', 'secret: whsec_a'],
  ['a nested object', '{"stripe":{"webhook":"whsec_a"}}'],
  ['a nested list', '{"a":["whsec_a"]}'],
  ['JSON in JSON', '"{\\"a\\":\\"whsec_a\\"}"'],
  ['two values with a comma between', 'whsec_a,whsec_b'],
  ['two values with a blank between', 'whsec_a whsec_b'],
  ['two values, one per line', 'whsec_a\nwhsec_b'],
  ['two values with a semicolon between', 'whsec_a;whsec_b'],
  ['two values with a line between', 'whsec_a|whsec_b'],
  ['two values with nothing between', 'whsec_awhsec_b'],
  ['two quoted values', "'whsec_a','whsec_b'"],
  ['a semicolon at the end', 'whsec_a;'],
  ['a comma at the end', 'whsec_a,'],
  ['a comment', 'whsec_a # live'],
  ['backticks', '`whsec_a`'],
  ['typographic quotes', '\u201Cwhsec_a\u201D'],
  ['a zero-width blank at the end', 'whsec_a\u200B'],
  ['an ellipsis', 'whsec_\u2026'],
  ['two values with a comma in an item of a list', '["whsec_a,whsec_b"]'],
  ['a quote at the end only', 'whsec_a"'],
  ['an API key', 'sk_live_1'],
  ['only the prefix', 'whsec_'],
  ['the prefix in capitals', 'WHSEC_a'],
  ['an empty list', '[]'],
  ['an empty object', '{}'],
  ['an empty text in quotes', '""'],
  ['JSON that is no text', '[null, 1, true]'],
])('N59: a secret with %s is invalid for the reason NotASecret', (_what, text) => {
  expect(readSecretText(text)).toEqual(failure('NotASecret'));
});
