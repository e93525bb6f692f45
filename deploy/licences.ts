/** `npm run licences`: every package of the image with its version and licence, by licence. */
import { idOf, shippedPackages } from './shipped-packages.ts'

const byLicence = Object.groupBy(shippedPackages(), ({ licence }) => licence ?? 'none stated')
for (const [licence, packages = []] of Object.entries(byLicence).toSorted()) {
  console.log(`${licence} (${packages.length})`)
  for (const id of packages.map(idOf).toSorted()) console.log(`  ${id}`)
}
