using System.Management.Automation;
using EtlTools.Engine;
using EtlTools.Engine.Records;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>Creates PowerShell's error records, with a constant id, a category and a target, and without field values.</summary>
internal static class ErrorRecords
{
    /// <summary>The error of one failed record; the record is its target.</summary>
    public static ErrorRecord Of(Record record) => new(ExceptionOf(record), record.Error!.Code, ErrorCategory.InvalidData, new EtlRecord(record));

    /// <summary>The exception for one failed record.</summary>
    public static EtlRecordException ExceptionOf(Record record)
    {
        RecordError error = record.Error!;
        return new EtlRecordException(record.Place + error.Message) { Detail = error.Detail };
    }

    /// <summary>The error for a failure of the engine.</summary>
    public static ErrorRecord Of(EtlException failure, object? target = null) =>
        new(failure, failure.Code, CategoryOf(failure.Kind), target);

    /// <summary>Any exception as a failure. PowerShell's own messages about paths, drives and variables contain only what the user typed,
    /// so they are kept. The message of an unexpected exception is left out, because it may contain values.</summary>
    public static EtlException FailureOf(Exception exception) => exception switch
    {
        EtlException failure => failure,
        SessionStateException call => new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, call.Message, call),
        _ => EtlException.Unexpected(exception),
    };

    /// <summary>The error as it may be shown: with its text redacted, and without inner exceptions, whose text is unchecked. What a service
    /// or a script block said may contain values, so it is in the ErrorDetails, which PowerShell shows, and not in the exception.</summary>
    public static ErrorRecord ForUser(ErrorRecord error, Redactor redactor)
    {
        (Exception shown, string? detail) = error.Exception switch
        {
            EtlRecordException record => Shown(record, redactor),
            Exception other => Shown(FailureOf(other), redactor),
        };
        var clean = new ErrorRecord(shown, error.FullyQualifiedErrorId, error.CategoryInfo.Category, error.TargetObject);
        if (detail is not null)
            clean.ErrorDetails = new ErrorDetails($"{shown.Message} Detail: {detail}");
        // Otherwise PowerShell would show the target's own text, which contains its file name.
        if (error.TargetObject is EtlRecord target)
            clean.CategoryInfo.TargetName = redactor.Redact(target.ToString());
        return clean;
    }

    public static ErrorCategory CategoryOf(FailureKind kind) => kind switch
    {
        FailureKind.InvalidCall => ErrorCategory.InvalidArgument,
        FailureKind.NotFound => ErrorCategory.ObjectNotFound,
        FailureKind.PermissionDenied => ErrorCategory.PermissionDenied,
        FailureKind.Unavailable => ErrorCategory.ResourceUnavailable,
        FailureKind.InvalidData => ErrorCategory.InvalidData,
        FailureKind.Stopped => ErrorCategory.OperationStopped,
        _ => ErrorCategory.NotSpecified,
    };

    private static (Exception Exception, string? Detail) Shown(EtlRecordException record, Redactor redactor)
    {
        string? detail = redactor.Redact(record.Detail);
        return (new EtlRecordException(redactor.Redact(record.Message)) { Detail = detail }, detail);
    }

    private static (Exception Exception, string? Detail) Shown(EtlException failure, Redactor redactor)
    {
        EtlException shown = failure.ForUser(text => redactor.Redact(text));
        return (shown, shown.Detail);
    }
}
