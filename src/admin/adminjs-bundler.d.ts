/** AdminJS exports it without types. */
declare module 'adminjs/bundler' {
  import type AdminJS from 'adminjs';

  export const componentsBundler: {
    createEntry(entry: { readonly content: string }): Promise<void>;
    build(): Promise<void>;
  };
  export function generateUserComponentEntry(panel: AdminJS, folder: string): string;
}
