// LivePerson's own agent SDK, as it is: looks up the domains, logs in, and refreshes. Prints what it made of the answers.
// There is no messaging here, so its socket finds nobody; that is all that may go wrong.
const { Agent } = require("node-agent-sdk");

class Watched extends Agent {
    _refreshSession(error, data) {
        this.refreshed = (this.refreshed ?? -1) + 1;
        super._refreshSession(error, data);
        if (error || this.refreshed < 2) return;
        process.stdout.write(JSON.stringify({ bearer: this.token, userId: this.userId, csrf: this.csrf }));
        process.exit(0);
    }
}

const { ACCOUNT, USERNAME, PASSWORD, HOST } = process.env;
const agent = new Watched({
    accountId: ACCOUNT,
    username: USERNAME,
    password: PASSWORD,
    csdsDomain: HOST,
    refreshSessionInterval: 200,
    domains: { asyncMessagingEnt: "localhost:9" },
});
agent.on("error", (error) => {
    if (error && error.code === "ECONNREFUSED") return;
    process.stderr.write(`${error && (error.stack || JSON.stringify(error))}\n`);
    process.exit(1);
});
setTimeout(() => process.exit(2), 30000);
