import { expect, test } from 'vitest'
import { UnreadablePayload } from '../../../../src/providers/hipay/unreadable.ts'
import { Flaws } from '../../../../src/providers/hipay/xml-references.ts'
import { XmlWalk, type ParsedNode } from '../../../../src/providers/hipay/xml-walk.ts'

/** A tree that is not the document's is refused, whatever made the parser think of it. */

const element = (name: string, ...children: readonly ParsedNode[]): ParsedNode => ({ [`<${name}`]: children })
const text = (written: string): ParsedNode => ({ '#text': written })
const cdata = (written: string): ParsedNode => ({ '#cdata': [text(written)] })
const comment = (written: string): ParsedNode => ({ '#comment': [text(written)] })

function told(document: string, tree: readonly ParsedNode[]): string {
  const pieces: string[] = []
  const content = {
    open: (name: string) => void pieces.push(`${name}(`),
    text: (written: string) => void pieces.push(`text ${written} `),
    literal: (written: string) => void pieces.push(`literal ${written} `),
    close: () => void pieces.push(')'),
  }
  new XmlWalk(document, content, new Flaws(document)).tell(tree)
  return pieces.join('')
}

test('the tree of the document is told', () => {
  const document = '\n<!-- x --><n a="b">1<b/>\n<c ><![CDATA[<2>]]><!----></c\n></n>\n'
  const c = element('c', cdata('<2>'), comment(''))
  const tree = [text('\n'), comment(' x '), element('n', text('1'), element('b'), text('\n'), c)]
  expect(told(document, tree)).toBe('n(text 1 b()text \n c(literal <2> ))')
})

test.each<[what: string, document: string, tree: ParsedNode[]]>([
  ['nothing', '', []],
  ['no root', '<n/>', []],
  ['no root but a comment', '<!--n-->', [comment('n')]],
  ['a root too many', '<n/>', [element('n'), element('n')]],
  ['a root too few', '<n/><n/>', [element('n')]],
  ['two roots', '<n/><n/>', [element('n'), element('n')]],
  ['CDATA for a root', '<![CDATA[n]]>', [cdata('n')]],
  ['another name', '<n>1</n>', [element('m', text('1'))]],
  ['half a name', '<nm>1</nm>', [element('n', text('1'))]],
  ['an end of another name', '<n>1</m>', [element('n', text('1'))]],
  ['an end of half a name', '<n>1</nm>', [element('n', text('1'))]],
  ['no end', '<n>1', [element('n', text('1'))]],
  ['other text', '<n>1</n>', [element('n', text('2'))]],
  ['less text', '<n>12</n>', [element('n', text('1'))]],
  ['more text', '<n>1</n>', [element('n', text('12'))]],
  ['text coerced', '<n>007</n>', [element('n', text('7'))]],
  ['text trimmed', '<n> 1 </n>', [element('n', text('1'))]],
  ['references decoded', '<n>&lt;</n>', [element('n', text('<'))]],
  ['an element for text', '<n>1<b/></n>', [element('n', text('1<b/>'))]],
  ['text that ends early', '<n>]]></n>', [element('n', text(']]'), text('>'))]],
  ['"]]>" in text', '<n>]]></n>', [element('n', text(']]>'))]],
  ['CDATA for text', '<n>1</n>', [element('n', cdata('1'))]],
  ['text for CDATA', '<n><![CDATA[1]]></n>', [element('n', text('1'))]],
  [
    'a section that goes on behind its end',
    '<n><![CDATA[1]]><s/><![CDATA[2]]></n>',
    [element('n', cdata('1]]><s/><![CDATA[2'))],
  ],
  ['a comment that goes on', '<n><!--1--><s/><!--2--></n>', [element('n', comment('1--><s/><!--2'))]],
  ['a comment with two dashes', '<n><!--1--2--></n>', [element('n', comment('1--2'))]],
  ['a comment that ends in a dash', '<n><!--1---></n>', [element('n', comment('1-'))]],
  ['an element left out', '<n><a/><b/></n>', [element('n', element('b'))]],
  ['an element made up', '<n><b/></n>', [element('n', element('a'), element('b'))]],
  ['another order', '<n><a/><b/></n>', [element('n', element('b'), element('a'))]],
  ['children elsewhere', '<n><a/><b/></n>', [element('n', element('a', element('b')))]],
  ['a child in what is closed', '<n><a/><!--1--></n>', [element('n', element('a', comment('1')))]],
  ['one child more', '<n><a></a></n>', [element('n', element('a', text('</a>')))]],
  ['text behind the root', '<n/>1', [element('n'), text('1')]],
  ['text before the root', '1<n/>', [text('1'), element('n')]],
])('refuses %s', (_what, document, tree) => {
  expect(() => told(document, tree)).toThrow(UnreadablePayload)
})
