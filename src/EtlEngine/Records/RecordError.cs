using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Records;

/// <summary>Why a record failed. No field of it holds a value of the record, except <see cref="Detail"/> and
/// <see cref="Unconverted"/>.</summary>
internal sealed record RecordError
{
    /// <summary>The constant code of the cause, one of <see cref="ErrorCodes"/>.</summary>
    public required string Code { get; init; }

    /// <summary>What happened, for people: rule, column and position, never a value of a field.</summary>
    public required string Message { get; init; }

    /// <summary>The name of the stage in which the record failed.</summary>
    public string Stage { get; init; } = "";

    /// <summary>The instance of that stage: tells a stage's own failures from those that only pass through it.</summary>
    public object? FailedIn { get; init; }

    /// <summary>The column at fault, or null if no single column is.</summary>
    public string? Column { get; init; }

    /// <summary>The text of a script block's own exception, or what a service said. It goes to the ErrorDetails and the dead letter's
    /// <c>detail</c> only, never to a message, a log or a metric, since it may hold values.</summary>
    public string? Detail { get; init; }

    /// <summary>The record's texts that the stage was to convert, where it does so by options other than the default ones.</summary>
    public IReadOnlyList<UnconvertedText> Unconverted { get; init; } = [];

    /// <summary>The columns whose values the source could not read, so that the record has null in their place.</summary>
    public IReadOnlyList<string> Unread { get; init; } = [];

    /// <summary>The record's number in the input of that stage, from 1; null where it is unknown. Messages name it where a record has no
    /// position.</summary>
    public long? Number { get; init; }

    /// <summary>How many times the failing step was tried.</summary>
    public int Attempts { get; init; } = 1;

    /// <summary>True when the record went past other commands that stand in the pipeline: records that come before it in
    /// its source may still be with them.</summary>
    public bool HasOvertaken { get; init; }
}
