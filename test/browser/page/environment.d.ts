// What the page is built for; the default is what `npm start` runs.
interface ImportMeta {
  readonly env: {
    readonly VITE_API_URL?: string;
    readonly VITE_ISSUER?: string;
  };
}
