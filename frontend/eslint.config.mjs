import { fileURLToPath } from "node:url";
import tseslint from "typescript-eslint";

const parserOptions = { projectService: true, tsconfigRootDir: fileURLToPath(new URL(".", import.meta.url)) };

export default tseslint.config(
  { ignores: ["**/*.mjs"] },
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  { languageOptions: { parserOptions } },
);
