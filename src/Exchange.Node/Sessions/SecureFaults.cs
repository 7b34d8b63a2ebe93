using Exchange.Privacy.SecureSums;
using Exchange.Protocol.Errors;

namespace Exchange.Node.Sessions;

/// <summary>What the rounds of a secure sum refuse, in the words of the catalogue.</summary>
internal static class SecureFaults
{
    private const string AskAgain = "Ask again under a new id.";

    /// <summary>Runs a round; its faults become refusals.</summary>
    public static T Run<T>(Func<T> round)
    {
        try
        {
            return round();
        }
        catch (SecureSumException fault)
        {
            throw Of(fault);
        }
    }

    /// <summary>The refusal. Messages of the rounds name participants and numbers of them, never values.</summary>
    public static ExchangeException Of(SecureSumException fault)
    {
        var (reason, action) = fault.Fault switch
        {
            SecureSumFault.CohortInvalid => (Reasons.CohortInvalid, "Ask through a node of this exchange."),
            SecureSumFault.ValueOutOfBounds => (Reasons.ValueOutOfBounds, "The owner has to mend its data, or the product its bounds."),
            SecureSumFault.OutOfTurn => (Reasons.SessionOutOfTurn, AskAgain),
            SecureSumFault.ShareInvalid => (Reasons.SessionShareInvalid, "Leave out who is named, and tell the operator."),
            SecureSumFault.ViewsDiffer => (Reasons.SessionViewsDiffer, AskAgain),
            SecureSumFault.TooFewLeft => (Reasons.TooFewLeft, "Ask again when more of the participants can be reached."),
            SecureSumFault.CellTooThin => (Reasons.TooFewContributors, "Ask again when the participants that dropped out can be reached."),
            SecureSumFault.RosterTooClose => (Reasons.RosterTooClose, "Ask over the roster of a sum that there was, or over all of those of earlier sums and enough others."),
            _ => (Reasons.SessionMessageInvalid, AskAgain),
        };
        return new ExchangeException(reason, fault.Message, action, fault);
    }
}
