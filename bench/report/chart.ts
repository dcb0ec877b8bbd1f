import type { Timing } from "../compare.ts";
import { ours } from "../contestants.ts";
import type { Results } from "./results.ts";

const width = 860;
const barsAt = 400;
const longest = 360;
const rowHeight = 26;
const titleHeight = 34;

/** A bar chart of both contests as SVG, readable on a light and on a dark page. */
export function drawChart({ request, large, machine, measuredOn }: Results): string {
  const upper = drawPanel("One guarded field: CPU time per request, µs", request, 12);
  const lower = drawPanel("9,000 guarded fields: CPU time per request, µs", large, upper.endsAt + 14);
  const height = lower.endsAt + 30;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="CPU time per request of graphql-gatehouse and its peers">
<style>
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; }
  .note { font-size: 11px; fill: #59636e; }
  .bar { fill: #8c959f; }
  .ours { fill: #0969da; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .note { fill: #9198a1; }
    .bar { fill: #656c76; }
    .ours { fill: #4493f8; }
  }
</style>
${upper.svg}
${lower.svg}
<text class="note" x="12" y="${height - 12}">${toText(`${measuredOn}, ${machine}. Medians; shorter is better.`)}</text>
</svg>
`;
}

interface Panel {
  readonly svg: string;
  /** The lowest line that it uses. */
  readonly endsAt: number;
}

function drawPanel(title: string, timings: readonly Timing[], top: number): Panel {
  const greatest = Math.max(...timings.map(({ medianUs }) => medianUs));
  const bars = timings.map(({ name, medianUs }, index) => {
    const y = top + titleHeight + index * rowHeight;
    const length = Math.max(1, (medianUs / greatest) * longest).toFixed(1);
    const kind = name.startsWith(ours.name) ? "ours" : "bar";
    return `<text x="${barsAt - 8}" y="${y + 14}" text-anchor="end">${toText(name)}</text>
<rect class="${kind}" x="${barsAt}" y="${y}" width="${length}" height="${rowHeight - 7}" rx="2"/>
<text x="${(barsAt + Number(length) + 6).toFixed(1)}" y="${y + 14}">${toFigure(medianUs)}</text>`;
  });
  const heading = `<text class="title" x="12" y="${top + 16}">${toText(title)}</text>`;
  return { svg: [heading, ...bars].join("\n"), endsAt: top + titleHeight + timings.length * rowHeight };
}

function toFigure(us: number): string {
  return us.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ",");
}

function toText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
