using System.CommandLine;
using Exchange.Cli.Agreements;
using Exchange.Cli.Audit;
using Exchange.Cli.Budgets;
using Exchange.Cli.Datasets;
using Exchange.Cli.Demos;
using Exchange.Cli.Identity;
using Exchange.Cli.Nodes;
using Exchange.Cli.Offers;
using Exchange.Cli.Participants;
using Exchange.Cli.Products;
using Exchange.Cli.Queries;
using Exchange.Cli.Terminal;
using Exchange.Cli.Trials;

namespace Exchange.Cli;

/// <summary>Every verb.</summary>
internal static class CommandTree
{
    /// <summary>Builds the tree; each verb is in a file of its own.</summary>
    public static RootCommand Create(CliSession cli)
    {
        var root = new RootCommand("A federated data-sharing exchange: publish, consent, ask many owners one question.")
        {
            DemoCommand.Create(cli),
            TrialCommand.Create(cli),
            Noun("identity", "The operator's identity server.", IdentityInit.Create(cli), IdentityServe.Create(cli), IdentityRotateKey.Create(cli)),
            Noun("participant", "The members of the exchange, at the identity server's home.",
                ParticipantAdd.Create(cli), ParticipantList.Create(cli), ParticipantSuspend.Create(cli), ParticipantReinstate.Create(cli)),
            JoinCommand.Create(cli),
            Noun("node", "This participant's node.", NodeServe.Create(cli), NodeRotateKey.Create(cli)),
            Noun("product", "Shared table definitions.", ProductPublish.Create(cli), ProductList.Create(cli), ProductShow.Create(cli)),
            Noun("dataset", "This participant's data.",
                DatasetPublish.Create(cli), DatasetAppend.Create(cli), DatasetCorrect.Create(cli), DatasetList.Create(cli), DatasetShow.Create(cli), DatasetRetire.Create(cli),
                Noun("table", "The safe table over a dataset.", DatasetTableShow.Create(cli), DatasetTableTry.Create(cli))),
            Noun("offer", "This owner's terms.", OfferSet.Create(cli), OfferShow.Create(cli), OfferPreview.Create(cli), OfferWhatIf.Create(cli)),
            Noun("agreement", "Agreements, as consumer and as owner.",
                AgreementRequest.Create(cli), AgreementList.Create(cli), AgreementShow.Create(cli),
                AgreementApprove.Create(cli), AgreementCounter.Create(cli), AgreementAccept.Create(cli), AgreementReject.Create(cli), AgreementRenew.Create(cli),
                AgreementRevoke.Create(cli), AgreementVerify.Create(cli)),
            CatalogCommand.Create(cli),
            QueryCommand.Create(cli),
            BudgetCommand.Create(cli),
            Noun("queries", "Questions asked before.", QueriesList.Create(cli), QueriesShow.Create(cli)),
            Noun("audit", "Access logs: read them, check them, keep the evidence.",
                AuditLog.Create(cli), AuditCheckpoint.Create(cli), AuditVerify.Create(cli), AuditExport.Create(cli),
                AuditReport.Create(cli), AuditWatch.Create(cli), AuditStatement.Create(cli), AuditWitness.Create(cli)),
            DoctorCommand.Create(cli),
        };
        cli.AddGlobalOptions(root);
        return root;
    }

    private static Command Noun(string name, string description, params Command[] verbs)
    {
        var noun = new Command(name, description);
        foreach (var verb in verbs)
        {
            noun.Add(verb);
        }

        return noun;
    }
}
