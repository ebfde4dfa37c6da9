import { givenSettings, unknownSettings } from './given-settings.js';

it('says what is set, and of secrets only that they are', () => {
  const environment = {
    PORT: '4711',
    DATABASE_URL: 'postgresql://isin:a-long-password@db.example/isin',
    ISINGLASS_SETUP_TOKEN: 'a-token-of-more-than-twenty-letters',
    ISINGLASS_SECRET_KEY_FILE: '/run/secrets/key',
    ISINGLASS_PUBLIC_URL: 'https://ann:another-long-password@isin.example',
    PATH: '/usr/bin',
    ISINGLASS_ROLES: '',
  };
  expect(givenSettings(environment)).toEqual({
    PORT: '4711',
    DATABASE_URL: 'set',
    ISINGLASS_PUBLIC_URL: 'https://ann:***@isin.example',
    ISINGLASS_SETUP_TOKEN: 'set',
    ISINGLASS_SECRET_KEY: 'in /run/secrets/key',
  });
});

it('finds what is no setting, and looks like one', () => {
  const environment = {
    PORT: '1',
    ISINGLASS_SECOND_FACTORS: 'admin',
    ISINGLASS_HOME_FILE: '/x',
    ISINGLASS_SECRET_KEY_FILE: '/x',
  };
  expect(unknownSettings(environment)).toEqual(['ISINGLASS_SECOND_FACTORS', 'ISINGLASS_HOME_FILE']);
});
