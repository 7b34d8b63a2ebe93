using Exchange.Node.Queries;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Node.Sessions;

/// <summary>The participants that an earlier question of this node was summed over, to be asked again (<c>--roster</c>).</summary>
internal sealed class AskedRosters(AskedQueries asked)
{
    /// <summary>Whom a question asks: the named participants, or those of an earlier question's sum.</summary>
    /// <param name="participants">As named; empty for everybody.</param>
    /// <param name="queryId">The earlier question; empty for none.</param>
    /// <exception cref="ExchangeException"><see cref="Reasons.InvalidRequest"/>; <see cref="Reasons.NotFound"/>.</exception>
    public IReadOnlyCollection<string> ParticipantsOf(IReadOnlyCollection<string> participants, string queryId)
    {
        if (queryId.Length == 0)
        {
            return participants;
        }

        if (participants.Count > 0)
        {
            throw Reasons.InvalidRequest.Because("A question is asked of named participants or of an earlier question's, not of both.", "Leave out --participants or --roster.");
        }

        var earlier = asked.Find(queryId)?.Response ?? throw Reasons.NotFound.Because("This node asked no question of that id.", "See `exchange queries list`.");
        var members = earlier.Coverage.Where(part => part.Status == CoverageStatus.Answered).Select(part => part.ParticipantId).ToList();
        return earlier.Cohort is not null && earlier.Error is null && members.Count > 0
            ? members
            : throw Reasons.InvalidRequest.Because("The earlier question has no secure sum whose roster could be repeated.", "Name the participants with --participants.");
    }
}
