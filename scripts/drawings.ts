import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'fs';
import { join } from 'path';
import { moduleDrawing } from './module-drawing';

/** Writes `docs/drawings/modules.dot` from the imports, and an SVG picture of each drawing, into `docs`. */

const DOCS = join(__dirname, '..', 'docs');

/** Colors of both modes. A picture has its own background, because a page does not tell a picture its mode. */
const STYLE = `<style>
  .graph > polygon { fill: #ffffff; stroke: none }
  .node path, .node polygon { fill: #eef4fb; stroke: #3867a8 }
  .cluster path, .cluster polygon { fill: none; stroke: #8a94a3 }
  .edge path { fill: none; stroke: #5b6573 }
  .edge polygon { fill: #5b6573; stroke: #5b6573 }
  text { fill: #1b2430; font-family: Helvetica, Arial, sans-serif }
  @media (prefers-color-scheme: dark) {
    .graph > polygon { fill: #0d1117 }
    .node path, .node polygon { fill: #17263a; stroke: #6ea8f0 }
    .cluster path, .cluster polygon { stroke: #6b7685 }
    .edge path { stroke: #9aa6b5 }
    .edge polygon { fill: #9aa6b5; stroke: #9aa6b5 }
    text { fill: #e6edf3 }
  }
</style>`;

const LOOK = `
  graph [fontname="Helvetica" fontsize=11 pad=0.3 nodesep=0.35 ranksep=0.55]
  node [fontname="Helvetica" fontsize=11 shape=box style=rounded margin="0.14,0.08"]
  edge [fontname="Helvetica" fontsize=9 arrowsize=0.7]
`;

/** Renders a drawing as SVG in light and dark colors. */
async function picture(dot: string): Promise<string> {
  const { Graphviz } = await import('@hpcc-js/wasm-graphviz'); // an ES module
  const graphviz = await Graphviz.load();
  const svg = graphviz.dot(dot.replace('{\n', `{${LOOK}`));
  return svg
    .replace(/ (fill|stroke|font-family)="[^"]*"/g, '') // the style has the colors
    .replace(/<a xlink:title="[^"]*">|<\/a>/g, '')
    .replace(/<!--[\s\S]*?-->\n?/g, '')
    .replace(/(<svg[^>]*>)/, `$1\n${STYLE}`);
}

async function main(folder: string): Promise<void> {
  ['drawings', 'images'].forEach((name) => mkdirSync(join(folder, name), { recursive: true }));
  writeFileSync(join(folder, 'drawings', 'modules.dot'), moduleDrawing());
  for (const file of readdirSync(join(DOCS, 'drawings'))) {
    const home = file === 'modules.dot' ? folder : DOCS;
    const svg = await picture(readFileSync(join(home, 'drawings', file), 'utf8'));
    writeFileSync(join(folder, 'images', file.replace('.dot', '.svg')), svg);
  }
}

void main(process.argv[2] ?? DOCS);
