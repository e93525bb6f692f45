import fc from 'fast-check'

/** XML at random, with whatever readers of XML are known to trip over; about half of it is well-formed. */

const name = fc.constantFrom(
  ...['a', 'b', 'status', 'order', 'custom_data', 'a.b-c', '_1', 'é', 'ѕtatus', '𐐷', 'p:a', 'xml:a'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'],
)
const strangeName = fc.constantFrom(
  ...['q:a', 'xmlns:a', 'p:', ':a', 'p:a:b', '#text', '#cdata', ':@', '1a', '-a', 'a\u1680b', 'a\ufeff'],
  ...['a b', 'a/b', '<a', '', 'a&amp;b', 'a\u00a0', 'a\0', '×', 'a"b'],
)
const text = fc.constantFrom(
  ...['118', ' ', '\n', '\r\n', '\r', '\t', ' 1 ', 'é€😀', '>', '"', "'", ']', ']]', '/', '=', ';', '\u2028'],
  ...['&amp;', '&lt;', '&gt;', '&quot;', '&apos;', '&#65;', '&#x41;', '&#0000065;', '&#13;', '&amp;amp;'],
  ...['<!-- c -->', '<!---->', '<!-- <a> & ]]> -->', '<!-- <!DOCTYPE a> <?x?> -->'],
  ...['<![CDATA[x]]>', '<![CDATA[]]>', '<![CDATA[<b>&amp;]]]]>', '<![CDATA[<!DOCTYPE a><?x?>-->]]>'],
)
const flaw = fc.constantFrom(
  ...[
    '&lol;',
    '&nbsp;',
    '&#0;',
    '&#1;',
    '&#xD800;',
    '&#xFFFF;',
    '&#x110000;',
    '&#99999999999;',
    '\0',
    '\x01',
  ],
  ...['\x0b', '\uffff', '\ufffe', '<!--\x01-->', '<![CDATA[\0]]>', '&amp;#0;', '&#xD83D;&#xDE00;'],
)
const fault = fc.constantFrom(
  ...[
    '&',
    '&;',
    '& ;',
    '&#;',
    '&#x;',
    '&#X41;',
    '&#a;',
    '&1;',
    '&a b;',
    '&p:a;',
    '&lol',
    '&am<!-- -->p;',
    '&#',
  ],
  ...[']]>', '<', '<<', '<>', '</>', '< a>', '<a/ >', '<a/', '</a', '<b>', '</b>', '<a b></a>', '<a></a b>'],
  ...['<!', '<!a>', '<![a]>', '<![CDATA[', '<!--', '<!-- -- -->', '<!-- --->', '<!-->', '<!--->', '<?x?>'],
  ...[
    '<?xml version="1.0"?>',
    '<!DOCTYPE a>',
    '<!DOCTYPE a [<!ENTITY b "c">]>',
    '<![cdata[x]]>',
    '<a "<!-- "> -->',
  ],
)
const attribute = fc.constantFrom(
  ...['', ' ', '\n', ' b="c"', " b='c'", '\t\tb = "c"', ' b=">"', ' b="/"', ' b="]]>"', ' c=""'],
  ...[' xmlns="u"', ' xmlns=""', ' xmlns:p="u"', ' p:b="c"', ' p:c="c"', ' xml:lang="fr"', ' b="&amp;&#65;"'],
)
const strangeAttribute = fc.constantFrom(
  ...[
    ' b',
    ' b=',
    ' b=c',
    'b="c"',
    ' b="c"d="e"',
    ' b="<"',
    ' b="<!"',
    ' b="&"',
    ' b="&lol;"',
    ' b="&#0;"',
    ' b="\x01"',
  ],
  ...[
    ' b="',
    " b='",
    ' b="c" b="c"',
    ' q:b="c"',
    ' xmlns:q="u"',
    ' q:c=""',
    ' xmlns:p="v"',
    ' xmlns:p=""',
    ' /',
  ],
  ...[
    ' xmlns:q=" u\n"',
    ' xmlns:xml="http://www.w3.org/XML/1998/namespace"',
    ' xmlns:xml="u"',
    ' xmlns:xmlns="u"',
  ],
  ...[
    ' xmlns:q="http://www.w3.org/2000/xmlns/"',
    ' xmlns="http://www.w3.org/XML/1998/namespace"',
    ' xmlns:q=" "',
    ' xmlns:q=" u\n" p:b="" q:b=""',
    ' xmlns:q="u v" xmlns:r="u\tv" q:b="" r:b=""',
    ' xmlns:q="u v" xmlns:r="uv" q:b="" r:b=""',
    ' xmlns:q="&#117;"',
    ' xmlns:q="&#104;ttp://www.w3.org/2000/xmlns/"',
  ],
  ...[
    ' xmlns:__proto__="u"',
    ' __proto__="c"',
    ' b\u00a0="c"',
    '\u00a0b="c"',
    ' b\ufeff="c"',
    ' p:b:c="d"',
    ' =',
  ],
)
const prolog = fc.constantFrom(
  ...['', '', '<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-8"?>\n', "<?xml version='1.0'?>"],
  ...['<?xml\tversion = "1.0"\r\nencoding=\'utf-8\' standalone="yes" ?>', '<!-- c -->\n', '\n'],
)
const strangeProlog = fc.constantFrom(
  ...[
    '<?xml version="1.1"?>',
    '<?xml version="1.2"?>',
    '<?xml version="2.0"?>',
    '<?xml?>',
    '<?xml version="1.0">',
  ],
  ...[
    '<?xml encoding="UTF-8"?>',
    '<?xml standalone="yes" version="1.0"?>',
    '<?xml version="1.0" standalone="y"?>',
  ],
  ...[
    '<?xml version="1.0"encoding="UTF-8"?>',
    '<?xml version="1.0" encoding="1"?>',
    ' <?xml version="1.0"?>',
  ],
  ...['<?XML version="1.0"?>', '<?xml-stylesheet?>', '<!DOCTYPE a>', '<?xml version="1.0\'?>', 'x', '<a/>'],
  ...['<?xml version="1.0" version="1.0"?>', '<?xml version="1.0" ??>', '&#32;', '<![CDATA[]]>', '\0'],
)
const behind = fc.constantFrom('', '', '\n', '<!-- c -->', ' \r\n')
const strangeBehind = fc.constantFrom(
  'x',
  '<a/>',
  '</n>',
  '<![CDATA[]]>',
  '<?x?>',
  '&#32;',
  '<!DOCTYPE n>',
  '\0',
  '<',
)

/** How often something strange comes among what is not. */
const mostly = (plain: fc.Arbitrary<string>, strange: fc.Arbitrary<string>, weight = 1) =>
  fc.oneof({ weight: 40, arbitrary: plain }, { weight, arbitrary: strange })
const several = (pieces: fc.Arbitrary<string>, maxLength: number) =>
  fc.array(pieces, { maxLength }).map((some) => some.join(''))

const attributes = several(mostly(attribute, strangeAttribute, 3), 2)
const endOfTag = fc.constantFrom('>', '>', '>', ' >', '\n>')
const { content } = fc.letrec<{ content: string; element: string }>((tie) => ({
  content: several(
    fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      mostly(text, fc.oneof(flaw, fault), 2),
      tie('element'),
      mostly(text, flaw),
    ),
    4,
  ),
  element: fc
    .tuple(mostly(name, strangeName), attributes, endOfTag, tie('content'), endOfTag, fc.nat(4))
    .map(([tag, written, end, inner, lastEnd, kind]) =>
      kind === 0 ? `<${tag}${written}/>` : `<${tag}${written}${end}${inner}</${tag}${lastEnd}`,
    ),
}))

export const xmlDocument: fc.Arbitrary<string> = fc
  .tuple(mostly(prolog, strangeProlog, 3), attributes, content, mostly(behind, strangeBehind, 3))
  .map(([before, written, inner, after]) => `${before}<n xmlns:p="u"${written}>${inner}</n>${after}`)
