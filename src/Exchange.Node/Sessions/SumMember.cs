using Exchange.Protocol.Audit.V1;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Node.Sessions;

/// <summary>A member of a secure sum as the asker leads it, and what becomes of it.</summary>
/// <param name="id">Who.</param>
/// <param name="agreementId">Under which agreement.</param>
/// <param name="position">Its position in the cohort.</param>
internal sealed class SumMember(string id, string agreementId, int position)
{
    private Refusal? _refusal;
    private CoverageStatus _status;
    private Receipt? _receipt;

    /// <summary>Who.</summary>
    public string Id => id;

    /// <summary>Under which agreement it is asked.</summary>
    public string AgreementId => agreementId;

    /// <summary>Its position in the cohort.</summary>
    public int Position => position;

    /// <summary>For the answer: ANSWERED from the moment its values are in the sum.</summary>
    public ParticipantCoverage Coverage { get; } = new() { ParticipantId = id };

    /// <summary>It holds secrets of the sum, or may.</summary>
    public bool IsOpen { get; set; }

    /// <summary>It has forgotten them.</summary>
    public bool IsDone { get; set; }

    /// <summary>It has dropped out and is asked nothing more.</summary>
    public bool IsOut => _refusal is not null;

    /// <summary>It has dropped out, for this reason. If its values are in the sum they stay there.</summary>
    public void Drop(CoverageStatus status, Refusal refusal, Receipt? receipt)
    {
        (_status, _refusal, _receipt) = (status, refusal, receipt);
        if (Coverage.Status != CoverageStatus.Answered)
        {
            Tell();
        }
    }

    /// <summary>There is no sum: why it dropped out counts, also where its values had arrived.</summary>
    public void TellWhyOut()
    {
        if (_refusal is not null)
        {
            Tell();
        }
        else if (Coverage.Status != CoverageStatus.Answered)
        {
            // It took part until the others could not go on, and gave nothing that tells anything.
            (Coverage.Status, Coverage.Receipt) = (CoverageStatus.Unreachable, null);
            Coverage.Refusal = new Refusal { Reason = Protocol.Errors.Reasons.TooFewLeft.Name, Message = "It took part until too few others were left.", Action = "Ask again when the others can be reached." };
        }
    }

    private void Tell() => (Coverage.Status, Coverage.Refusal, Coverage.Receipt) = (_status, _refusal, _receipt);
}
