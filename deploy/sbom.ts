/** `npm run --silent sbom > sbom.json`: the image's bill of materials, CycloneDX in JSON. */
import { execFileSync } from 'node:child_process'
import { directPackages, idOf, shippedPackages } from './shipped-packages.ts'

interface Bill {
  metadata: { component: { 'bom-ref': string; name: string } }
  components: { 'bom-ref': string }[]
  dependencies: { ref: string; dependsOn: string[] }[]
}

const options = ['--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only']
const text = execFileSync('npm', ['sbom', ...options], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
const bill = JSON.parse(text) as Bill

// npm's own --omit=dev also leaves out what a development package happens to need too, the database driver among it.
const root = bill.metadata.component['bom-ref']
const kept = new Set([root, ...shippedPackages().map(idOf)])
const needsOf = ({ ref, dependsOn }: Bill['dependencies'][number]): string[] =>
  ref === root ? directPackages() : dependsOn.filter((other) => kept.has(other))
const shipped: Bill = {
  ...bill,
  components: bill.components.filter((component) => kept.has(component['bom-ref'])),
  dependencies: bill.dependencies
    .filter(({ ref }) => kept.has(ref))
    .map((needing) => ({ ref: needing.ref, dependsOn: needsOf(needing) })),
}
// npm names the application after its folder.
shipped.metadata.component.name = root.replace(/@[^@]+$/, '')
console.log(JSON.stringify(shipped, null, 2))
