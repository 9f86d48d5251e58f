/** The operations that the playground opens with, one tab each. test/http/playground holds them to the schema. */

const connect = `# 1. Connect the demo provider, as the user.
#
# Run this and open authorizationUrl in this browser:
# sign in, allow, come back. The button "Connect" in
# the bar above does the same.
mutation Connect {
  startAuthorization(input: { provider: "demo" }) {
    authorizationUrl
    expiresAt
  }
}
`;

const me = `# 2. Read the user's own data at the provider, with
# the token that Latchkey keeps and never shows.
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

const profile = `# What an app should ask: the same data, or the problem
# in the way, in words, with what to do about it.
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

const accounts = `# What is connected, how it does, how it is kept fresh.
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

const onBehalf = `# 3. Pick "Admin" in the bar. Read the same on the
# user's behalf, with a reason that they can see.
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

const audit = `# What was done to your accounts, by whom and why.
# Look again as the user, after the admin did.
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

export const exampleTabs = [connect, me, profile, accounts, onBehalf, audit].map((query) => ({ query }));
