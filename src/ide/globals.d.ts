// What the scripts before main.js leave behind; of their types the page needs no more than this.
declare const React: { createElement(type: unknown, properties: object): unknown };
declare const ReactDOM: { createRoot(element: HTMLElement): { render(element: unknown): void } };
declare const GraphiQL: unknown;
declare var __webpack_nonce__: string;
