/** The operations that the playground opens with, one tab each. test/http/playground holds them to the schema. */

const connect = `# 1. Connect the demo provider, as the user.
#
# Run this, then open authorizationUrl in this browser: sign in, allow, and
# come back. The button "Connect" in the bar above does the same.
mutation Connect($input: StartAuthorizationInput!) {
  startAuthorization(input: $input) {
    authorizationUrl
    expiresAt
  }
}
`;

const me = `# 2. Read the user's own data at the provider, with the token that Latchkey keeps.
query Me {
  me(provider: "demo") {
    name
    email
    avatarUrl
    raw
    account {
      id
      status
      expiresAt
    }
  }
}
`;

const profile = `# The same with everything that can stand in the way as data: what is wrong,
# in words, and what to do about it. This is what an app should ask.
query ProfileOrProblem {
  viewer {
    id
    profile(provider: "demo") {
      ... on Profile {
        name
        email
        avatarUrl
      }
      ... on Problem {
        code
        remedy
        message
      }
      ... on ConnectionProblem {
        missingScopes
        account {
          id
        }
      }
      ... on AmbiguousAccountProblem {
        accounts {
          id
          displayName
        }
      }
      ... on ProviderProblem {
        retryAfterSeconds
      }
    }
  }
}
`;

const accounts = `# What is connected, how it is doing, and how it is kept fresh.
query Accounts {
  viewer {
    connectedAccounts(first: 20) {
      totalCount
      nodes {
        id
        displayName
        status
        grantedScopes
        missingScopes
        connectedAt
        expiresAt
        lastRefreshedAt
        lastRefreshError {
          message
          remedy
        }
        refreshPolicy {
          mode
          reason
        }
        provider {
          id
          name
        }
      }
    }
  }
}
`;

const onBehalf = `# 3. As the admin (pick "Admin" in the bar): read the same for the user, with a reason.
query OnBehalf {
  onBehalfOf(userId: "user-1", reason: "Ticket 4711: the profile looks empty") {
    id
    profile(provider: "demo") {
      ... on Profile {
        name
        email
      }
      ... on Problem {
        code
        message
      }
    }
  }
}
`;

const audit = `# What was done to your accounts, by whom and why. After the admin's look, as the user.
query Audit {
  viewer {
    auditEvents(first: 20) {
      nodes {
        at
        action
        actorId
        reason
        outcome
        accountId
      }
    }
  }
}
`;

export const exampleTabs = [
  { query: connect, variables: JSON.stringify({ input: { provider: 'demo' } }, null, 2) },
  { query: me },
  { query: profile },
  { query: accounts },
  { query: onBehalf },
  { query: audit },
];
