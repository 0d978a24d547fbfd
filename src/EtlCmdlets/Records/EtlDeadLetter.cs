using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Records;

namespace EtlTools.Cmdlets;

/// <summary>What the dead letter says about a record: when, where and why it failed.</summary>
public sealed class EtlDeadLetter
{
    private readonly DeadLetter _letter;

    private EtlDeadLetter(DeadLetter letter) => _letter = letter;

    /// <summary>The letter's id. The same record that fails for the same cause has the same id in every run.</summary>
    public string LetterId => _letter.LetterId;

    /// <summary>The run in which the record failed.</summary>
    public string RunId => _letter.RunId;

    /// <summary>The time of the failure, in UTC.</summary>
    public DateTimeOffset Time => _letter.Time;

    /// <summary>The command in which it failed.</summary>
    public string Stage => _letter.Stage;

    /// <summary>The constant code of the cause.</summary>
    public string Code => _letter.Code;

    /// <summary>The column at fault, or null if no single column is.</summary>
    public string? Column => _letter.Column;

    /// <summary>The message: rule, column and position.</summary>
    public string Message => _letter.Message;

    /// <summary>The text of the exception that a script block threw, or null.</summary>
    public string? Detail => _letter.Detail;

    /// <summary>How often the record has been tried so far.</summary>
    public int Attempts => _letter.Attempts;

    /// <summary>Code and message.</summary>
    public override string ToString() => $"{Code}: {Message}";

    internal static EtlDeadLetter Of(DeadLetter letter) => new(letter);
}
