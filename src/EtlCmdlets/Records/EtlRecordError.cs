using EtlTools.Engine.Records;

namespace EtlTools.Cmdlets;

/// <summary>Why a record failed.</summary>
public sealed class EtlRecordError
{
    private EtlRecordError(RecordError error)
    {
        Code = error.Code;
        Message = error.Message;
        Stage = error.Stage;
        Column = error.Column;
        Attempts = error.Attempts;
    }

    /// <summary>The constant code of the cause, such as ConversionFailed.</summary>
    public string Code { get; }

    /// <summary>The message: rule, column and position, never a field value.</summary>
    public string Message { get; }

    /// <summary>The command in which the record failed.</summary>
    public string Stage { get; }

    /// <summary>The column at fault, or null if no single column is.</summary>
    public string? Column { get; }

    /// <summary>How many times the failing step was tried.</summary>
    public int Attempts { get; }

    /// <summary>Code and message.</summary>
    public override string ToString() => $"{Code}: {Message}";

    internal static EtlRecordError Of(RecordError error) => new(error);
}
