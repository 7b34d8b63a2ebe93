namespace Exchange.Privacy.SecureSums;

/// <summary>Why a secure sum, or one message of it, is refused.</summary>
public enum SecureSumFault
{
    /// <summary>The cohort cannot have a secure sum: too few or too many participants, a threshold or a layout out of its bounds.</summary>
    CohortInvalid,

    /// <summary>A value is larger than its place in the sum can hold for the whole cohort.</summary>
    ValueOutOfBounds,

    /// <summary>A message belongs to another round than the one under way, or to one that its receiver has already closed.</summary>
    OutOfTurn,

    /// <summary>A message is malformed, of another question, or of nobody in the cohort.</summary>
    MessageMalformed,

    /// <summary>A signature is not its sender's.</summary>
    SignatureInvalid,

    /// <summary>A sender says two different things in one round.</summary>
    MessageContradicted,

    /// <summary>Shares that were dealt cannot be opened, or are not what their dealer committed to.</summary>
    ShareInvalid,

    /// <summary>Views differ: of who is in the sum, or of the keys.</summary>
    ViewsDiffer,

    /// <summary>Fewer participants are left than the threshold or the least number of survivors.</summary>
    TooFewLeft,

    /// <summary>A cell that values went into would be over fewer survivors than the cohort demands.</summary>
    CellTooThin,

    /// <summary>Together with earlier sums of the same data that participants tell of, a sum over these would tell the figures of few.</summary>
    RosterTooClose,
}
