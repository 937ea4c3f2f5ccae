import { failure, success } from '../../src/runtime/result';
import { type InvalidSecret, readSecretText } from '../../src/runtime/secret-text';

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

test.each<[InvalidSecret, string, string | undefined]>([
  ['NoValue', 'no text, as a binary secret has', undefined],
  ['NoValue', 'an empty text', ''],
  ['NoValue', 'only blanks', ' \n\t'],
  ['NotJson', 'a comma after the last item', '["whsec_a",]'],
  ['NotJson', 'a list without an end', '["whsec_a"'],
  ['NotJson', 'an object without quotes', '{webhook: whsec_a}'],
  ['NotJson', 'a quote at the beginning only', '"whsec_a'],
  ['NotJson', 'two JSON values', '{"a":"whsec_a"}{"b":"whsec_b"}'],
  ['NotASecret', 'T20: the placeholder of a document', 'whsec_...'],
  ['NotASecret', 'a variable', 'STRIPE=whsec_a'],
  ['NotASecret', 'an exported variable', 'export STRIPE_SECRET="whsec_a"'],
  ['NotASecret', 'a YAML entry', 'secret: whsec_a'],
  ['NotASecret', 'a nested object', '{"stripe":{"webhook":"whsec_a"}}'],
  ['NotASecret', 'a nested list', '{"a":["whsec_a"]}'],
  ['NotASecret', 'JSON in JSON', '"{\\"a\\":\\"whsec_a\\"}"'],
  ['NotASecret', 'two values with a comma between', 'whsec_a,whsec_b'],
  ['NotASecret', 'two values with a blank between', 'whsec_a whsec_b'],
  ['NotASecret', 'two values, one per line', 'whsec_a\nwhsec_b'],
  ['NotASecret', 'two values with a semicolon between', 'whsec_a;whsec_b'],
  ['NotASecret', 'two values with a line between', 'whsec_a|whsec_b'],
  ['NotASecret', 'two values with nothing between', 'whsec_awhsec_b'],
  ['NotASecret', 'two quoted values', "'whsec_a','whsec_b'"],
  ['NotASecret', 'a semicolon at the end', 'whsec_a;'],
  ['NotASecret', 'a comma at the end', 'whsec_a,'],
  ['NotASecret', 'a comment', 'whsec_a # live'],
  ['NotASecret', 'backticks', '`whsec_a`'],
  ['NotASecret', 'typographic quotes', '\u201Cwhsec_a\u201D'],
  ['NotASecret', 'a zero-width blank at the end', 'whsec_a\u200B'],
  ['NotASecret', 'an ellipsis', 'whsec_\u2026'],
  ['NotASecret', 'two values with a comma in an item of a list', '["whsec_a,whsec_b"]'],
  ['NotASecret', 'a quote at the end only', 'whsec_a"'],
  ['NotASecret', 'an API key', 'sk_live_1'],
  ['NotASecret', 'only the prefix', 'whsec_'],
  ['NotASecret', 'the prefix in capitals', 'WHSEC_a'],
  ['NotASecret', 'an empty list', '[]'],
  ['NotASecret', 'an empty object', '{}'],
  ['NotASecret', 'an empty text in quotes', '""'],
  ['NotASecret', 'JSON that is no text', '[null, 1, true]'],
])('N59: a secret is invalid for the reason %s if it has %s', (reason, _what, text) => {
  expect(readSecretText(text)).toEqual(failure(reason));
});
