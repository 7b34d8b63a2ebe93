namespace Exchange.Client.Audit;

/// <summary>A check that failed.</summary>
/// <param name="Check">Which.</param>
/// <param name="Participant">Whose log it is about.</param>
/// <param name="Seq">The leaf, counted from 0; null when it is about none.</param>
/// <param name="Message">One sentence. Holds no measure value.</param>
public sealed record AuditFinding(AuditCheck Check, string Participant, long? Seq, string Message);

/// <summary>What an audit checks.</summary>
public enum AuditCheck
{
    /// <summary>The checkpoint is signed with a key that the register names for this log.</summary>
    Signature,

    /// <summary>The log begins with every earlier head of it that is known.</summary>
    Consistency,

    /// <summary>Each entry is the one that its leaf hash in the tree was made of, and in the form entries have.</summary>
    Entries,

    /// <summary>Each receipt is for a leaf of the log.</summary>
    Receipts,

    /// <summary>Each answer was given under an agreement in force then, to its consumer, for its purpose and product.</summary>
    Agreements,

    /// <summary>Charges and counts stay within the offers, and each answer was charged once.</summary>
    Budgets,

    /// <summary>What one side's log says of a question, the other's says too.</summary>
    Crosscheck,
}
