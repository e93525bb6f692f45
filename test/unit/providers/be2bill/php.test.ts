import { describe, expect, test } from 'vitest'
import { parseParameters } from '../../../../src/providers/be2bill/payload.ts'
import { hashOf, signedParameters } from '../../../../src/providers/be2bill/signature.ts'
import { needing } from '../../../support/form.ts'
import { isInstalled, resultOf } from '../../../support/started-process.ts'

/**
 * The platform and its own libraries are PHP: what PHP makes of a form and of its keys' order is the truth.
 * Without PHP there is nothing to compare with: left out and told so; a continuous build without it is broken, not green.
 */
const hasPhp = await isInstalled('php')

// Reads one base64 form per line, answers one JSON line each: the parsed pairs and the hash by ksort and recursion.
const PROGRAM = String.raw`
ini_set('max_input_vars', '100000');
function pairs(array $values, string $prefix = ''): array {
  ksort($values);
  $out = [];
  foreach ($values as $key => $value) {
    $name = $prefix === '' ? (string) $key : $prefix . '[' . $key . ']';
    if ($prefix === '' && $key === 'HASH') continue;
    $out = array_merge($out, is_array($value) ? pairs($value, $name) : [[$name, $value]]);
  }
  return $out;
}
while (($line = fgets(STDIN)) !== false) {
  $values = [];
  parse_str(base64_decode(trim($line)), $values);
  $clear = $secret = 's3cret#<é';
  $pairs = pairs($values);
  foreach ($pairs as [$name, $value]) $clear .= $name . '=' . $value . $secret;
  echo json_encode([array_map(fn ($p) => [bin2hex($p[0]), bin2hex($p[1])], $pairs), hash('sha256', $clear)]), "\n";
}`

type Answer = [pairs: [name: string, value: string][], hash: string]

async function askPhp(forms: readonly string[]): Promise<Answer[]> {
  const input = forms.map((form) => Buffer.from(form, 'latin1').toString('base64')).join('\n')
  const answers = await resultOf('php', ['-r', PROGRAM], { input: `${input}\n` })
  return answers
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer)
}

const hex = (bytes: string) => Buffer.from(bytes, 'latin1').toString('hex')

/** A small fixed generator: the same forms on every machine, no clock and no luck. */
function randomForms(count: number): string[] {
  let state = 42
  const next = (bound: number) => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) % bound
  const pick = <Item>(items: readonly Item[]): Item => items[next(items.length)]!
  const names = [
    'AMOUNT',
    'ORDERID',
    'A',
    'AB',
    'A_',
    'a',
    'Ab',
    '_x',
    '3DSECURE',
    'CART',
    'CARTID',
    'REF',
    'REF1',
    'HASH',
  ]
  const subKeys = [
    ['0', '1', '2', '9', '10', '11', '100'],
    ['2013-01-17', '2013-02-17', 'x', 'X', '_', 'a b', 'é', '01x'],
    ['-1', '-10', '3', '20'],
  ]
  const values = [
    '',
    '0000',
    'a b',
    '+',
    '%',
    '%zz',
    '%4',
    'x=y',
    'é',
    '\xe9',
    ' pad ',
    '\n',
    '"\'<>',
    '%00',
    '%26',
  ]
  const encode = (value: string) =>
    next(2) === 0
      ? encodeURIComponent(value)
      : value.replace(/[%&+=\[\]\0]/g, (it) => `%${it.charCodeAt(0).toString(16).padStart(2, '0')}`)
  const bytes = (value: string) => Buffer.from(value, 'utf8').toString('latin1')
  return Array.from({ length: count }, () => {
    const form = new Map<string, string>()
    for (const name of names.filter(() => next(3) === 0)) {
      if (next(3) > 0) {
        form.set(name, pick(values))
        continue
      }
      // Keys of one array are of one kind: PHP's order of mixed keys changed with version 8.2.
      for (const sub of pick(subKeys)) {
        if (next(2) === 0) form.set(`${name}[${sub}]${next(3) === 0 ? '[NAME]' : ''}`, pick(values))
      }
    }
    const segments = [...form].map(([name, value]) =>
      bytes(
        `${next(2) === 0 ? encodeURIComponent(name) : encode(name)}=${value.startsWith('%') ? value : encode(value)}`,
      ),
    )
    return [...segments, ...(next(4) === 0 ? ['', 'EMPTY'] : [])].join('&')
  })
}

describe('against PHP itself', needing('php', hasPhp), () => {
  test('forms are read as parse_str reads them, and hashed in the order of ksort', async () => {
    const forms = randomForms(3000)
    const answers = await askPhp(forms)
    forms.forEach((form, index) => {
      const [pairs, hash] = answers[index]!
      const set = parseParameters(form)
      expect(set.ambiguous, form).toBe(false)
      const signed = signedParameters(set)
      expect(
        signed.map(({ name, value }) => [hex(name), hex(value)]),
        form,
      ).toEqual(pairs)
      expect(hashOf(signed, 's3cret#<é'), form).toBe(hash)
    })
  })

  test('where PHP would silently choose, nothing is chosen', async () => {
    const forms = ['A=1&A=2', 'A=1&A[x]=2', 'A[x]=1&A=2', 'A[x]=1&A[x]=2', 'A.B=1', 'A B=1', 'A[b=1']
    for (const [pairs] of await askPhp(forms)) expect(pairs).toHaveLength(1)
    for (const form of forms) expect(parseParameters(form).ambiguous, form).toBe(true)
  })
})
