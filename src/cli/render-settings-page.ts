/** docs/settings.md as text. Called by generate-docs. */
import { settingGroups, settingNames, settings, type Setting, type SettingName } from '../config/settings.js';

export function renderSettingsPage(): string {
  const groups = settingGroups.map((group) =>
    [`## ${group}`, ...settingNames.filter((name) => settings[name].group === group).map(renderSetting)].join('\n\n'),
  );
  return `${[opening, ...groups].join('\n\n')}\n`;
}

const opening = `# Settings

<!-- Generated from src/config/settings.ts by "npm run docs". Change it there. -->

Latchkey reads its settings from the environment, once, when it starts. All faults are told together, each with what to do
about it, and the exit code is 78; \`node dist/src/cli/latchkey.js config check\` tells them without starting. A name that
begins with \`LATCHKEY_\` and is not listed here is a fault too. Lists are separated by commas or white space. Where a setting
may be a file, \`NAME_FILE\` holds the path of a file with the value, and \`NAME\` must not be set.`;

function renderSetting(name: SettingName): string {
  const setting: Setting = settings[name];
  const isAlsoFile = 'isAlsoFile' in setting;
  const heading = isAlsoFile ? `### \`${name}\` or \`${name}_FILE\`` : `### \`${name}\``;
  const example = `${name}${isAlsoFile ? '_FILE' : ''}=${setting.example}`;
  return [heading, setting.what, `- Default: ${defaultOf(setting)}\n- Example: \`${example}\``].join('\n\n');
}

function defaultOf(setting: Setting): string {
  if ('fallback' in setting && setting.fallback !== undefined) {
    return setting.fallback === '' ? 'none' : `\`${setting.fallback}\``;
  }
  return setting.otherwise ?? 'none';
}
