import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Fields } from '../../../../src/providers/hipay/fields.ts'
import { encodeForm } from '../../../../src/providers/hipay/encode.ts'
import { readForm } from '../../../../src/providers/hipay/form.ts'
import { signatureOf } from '../../../../src/providers/hipay/signature.ts'
import type { WireFields } from '../../../../src/providers/provider.ts'
import { needing } from '../../../support/form.ts'
import { isInstalled, resultOf } from '../../../support/started-process.ts'

/**
 * HiPay's gateway and its SDK are PHP: `parse_str`, `http_build_query` and `hash` of the PHP installed here are asked
 * what they make of the same input. Continuous integration must have PHP; a developer's machine need not.
 */
const hasPhp = await isInstalled('php')

async function php(code: string, inputs: readonly unknown[]): Promise<unknown[]> {
  const script = `$in = json_decode(stream_get_contents(STDIN), true);
    $out = array_map(function ($x) { ${code} }, $in);
    echo json_encode($out, JSON_FORCE_OBJECT | JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR);`
  const input = JSON.stringify(inputs)
  const answers = await resultOf('php', ['-d', 'max_input_vars=100000', '-r', script], { input })
  return Object.values(JSON.parse(answers) as Record<string, unknown>)
}

function plain(fields: Fields): unknown {
  const entries = [...fields].map(([name, node]) => [name, typeof node === 'string' ? node : plain(node)])
  return Object.fromEntries(entries)
}

/** Text that a form can carry; U+0000 apart, which we replace on purpose. */
const value = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replaceAll('\0', ''))
/** Names as PHP code writes them: PHP itself mangles blanks and dots in a first name, and HiPay has none. */
const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/)
const key = fc.oneof(
  name,
  fc.stringMatching(/^[a-zA-Z0-9 ._*+&=%é-]{1,8}$/).filter((text) => !/^\s/.test(text)),
)
const tree = fc.dictionary(name, fc.oneof(value, fc.dictionary(key, value, { minKeys: 1, maxKeys: 4 })), {
  maxKeys: 6,
})

describe('PHP agrees', needing('php', hasPhp), () => {
  test('on what a form says', async () => {
    const sequences = fc.array(
      fc.tuple(name, fc.array(fc.oneof(key, fc.constant('')), { maxLength: 3 }), value),
      { maxLength: 8 },
    )
    const forms = fc.sample(sequences, 300).map((pairs) =>
      pairs
        .map(([head, keys, text]) => [head + keys.map((inner) => `[${inner}]`).join(''), text])
        .map((pair) => pair.map((part) => encodeURIComponent(part)).join('='))
        .join('&'),
    )
    const answers = await php('parse_str($x, $parsed); return $parsed;', forms)
    forms.forEach((form, index) => {
      expect({ form, read: plain(readForm(Buffer.from(form)).fields) }).toEqual({
        form,
        read: answers[index],
      })
    })
  })

  test('on how fields are written', async () => {
    const trees = fc.sample(tree, 300) as WireFields[]
    const answers = await php('return http_build_query($x);', trees)
    expect(trees.map(encodeForm)).toEqual(answers)
  })

  test('on the digest', async () => {
    const samples = fc.sample(
      fc.tuple(
        value,
        value.filter((text) => text !== ''),
      ),
      100,
    )
    for (const hashAlgorithm of ['sha1', 'sha256', 'sha512'] as const) {
      const answers = await php(`return hash('${hashAlgorithm}', $x[0] . $x[1]);`, samples)
      const ours = samples.map(([text, secret]) =>
        signatureOf(Buffer.from(text), { value: secret, hashAlgorithm }),
      )
      expect(ours).toEqual(answers)
      expect(ours[0]).toBe(
        createHash(hashAlgorithm)
          .update(samples[0]?.join('') ?? '')
          .digest('hex'),
      )
    }
  })
})
