/* Encoding with libavcodec, containers with libavformat. MP4 is fragmented while it
 * grows, so that a file that ends early still plays. */
#include "media/video.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "media/video_file.h"
#include "media/yuv.h"

enum { IO_BUFFER = 1 << 16, SECONDS_PER_FRAGMENT = 2 };

struct container {
    const char *ending, *format;
    const char *const *encoders; /* in order of preference */
    const char *options;         /* of the muxer */
};

static const char *const h264_encoders[] = {"libx264", "libopenh264", "h264_nvenc", "h264_v4l2m2m", NULL};
static const char *const vp9_encoders[] = {"libvpx-vp9", NULL};

static const struct container containers[] = {
    {".mp4", "mp4", h264_encoders, "movflags=frag_keyframe+delay_moov+default_base_moof"},
    {".mkv", "matroska", h264_encoders, ""},
    {".webm", "webm", vp9_encoders, ""},
};

struct video {
    struct video_file file;
    AVFormatContext *format;
    AVIOContext *io;
    AVCodecContext *codec;
    AVFrame *frame;
    AVPacket *packet;
    AVStream *stream;
    int64_t frames;
    bool broken; /* a write or the encoder failed: only finishing is left */
};

static const struct container *find_container(const char *path)
{
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof containers / sizeof *containers; i++)
        if (strcasecmp(dot, containers[i].ending) == 0)
            return &containers[i];
    return NULL;
}

bool video_ending_known(const char *path) { return find_container(path) != NULL; }

static void set_codec(struct video *video, const struct video_desc *desc, const AVCodec *encoder)
{
    AVCodecContext *codec = video->codec;
    codec->width = desc->width;
    codec->height = desc->height;
    codec->pix_fmt = AV_PIX_FMT_YUV420P;
    codec->time_base = (AVRational){1, desc->fps};
    codec->framerate = (AVRational){desc->fps, 1};
    codec->gop_size = SECONDS_PER_FRAGMENT * desc->fps;
    codec->thread_count = desc->threads > 0 ? desc->threads : 2;
    codec->color_range = AVCOL_RANGE_MPEG;
    codec->colorspace = AVCOL_SPC_BT709;
    codec->color_primaries = AVCOL_PRI_BT709;
    codec->color_trc = AVCOL_TRC_BT709;
    codec->flags |= AV_CODEC_FLAG_BITEXACT;
    if (video->format->oformat->flags & AVFMT_GLOBALHEADER)
        codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    if (strcmp(encoder->name, "libx264") == 0) {
        av_opt_set(codec->priv_data, "preset", desc->quick ? "superfast" : "veryfast", 0);
        av_opt_set(codec->priv_data, "crf", "17", 0);
    } else if (strcmp(encoder->name, "libvpx-vp9") == 0) {
        av_opt_set(codec->priv_data, "deadline", "realtime", 0);
        av_opt_set(codec->priv_data, "cpu-used", "6", 0);
        av_opt_set(codec->priv_data, "crf", "24", 0);
        codec->bit_rate = 0;
    } else {
        codec->bit_rate = (int64_t)desc->width * desc->height * desc->fps / 5; /* 0.2 bits a pixel */
    }
}

static bool no_memory(const char *path, struct error *err)
{
    return error_set(err, "%s: out of memory for the encoder; choose a smaller size", path);
}

/* An encoder's presence in the list proves nothing: it must open. */
static bool open_encoder(struct video *video, const struct video_desc *desc, const char *const *names,
                         struct error *err)
{
    char tried[256] = "";
    for (; *names; names++) {
        const size_t used = strlen(tried);
        const AVCodec *encoder = avcodec_find_encoder_by_name(*names);
        int code = AVERROR_ENCODER_NOT_FOUND;
        if (encoder) {
            video->codec = avcodec_alloc_context3(encoder);
            if (!video->codec)
                return no_memory(desc->path, err);
            set_codec(video, desc, encoder);
            code = avcodec_open2(video->codec, encoder, NULL);
            if (code == 0)
                return true;
            avcodec_free_context(&video->codec);
        }
        char reason[64] = "";
        av_strerror(code, reason, sizeof reason);
        snprintf(tried + used, sizeof tried - used, "%s%s (%s)", used ? ", " : "", *names, reason);
    }
    return error_set(
        err,
        "%s: no video encoder opens; tried %s. Install libx264 (Debian: ffmpeg), or record into a folder "
        "for PNG pictures",
        desc->path, tried);
}

static bool set_up(struct video *video, const struct video_desc *desc, const struct container *container,
                   struct error *err)
{
    if (avformat_alloc_output_context2(&video->format, NULL, container->format, NULL) < 0)
        return error_set(err, "%s: this libavformat cannot write %s files", desc->path, container->format);
    if (!open_encoder(video, desc, desc->encoders ? desc->encoders : container->encoders, err))
        return false;
    unsigned char *buffer = av_malloc(IO_BUFFER);
    const bool seeks = video_file_can_seek(&video->file);
    video->io = avio_alloc_context(buffer, IO_BUFFER, 1, &video->file, NULL, video_file_write,
                                   seeks ? video_file_seek : NULL);
    video->stream = avformat_new_stream(video->format, NULL);
    video->frame = av_frame_alloc();
    video->packet = av_packet_alloc();
    if (!video->io || !video->stream || !video->frame || !video->packet)
        return no_memory(desc->path, err);
    video->format->pb = video->io;
    video->format->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT | AVFMT_FLAG_FLUSH_PACKETS;
    video->stream->time_base = video->codec->time_base;
    video->stream->avg_frame_rate = video->codec->framerate;
    avcodec_parameters_from_context(video->stream->codecpar, video->codec);
    video->frame->format = AV_PIX_FMT_YUV420P;
    video->frame->width = desc->width;
    video->frame->height = desc->height;
    video->frame->color_range = AVCOL_RANGE_MPEG;
    video->frame->colorspace = AVCOL_SPC_BT709;
    if (av_frame_get_buffer(video->frame, 0) != 0)
        return no_memory(desc->path, err);

    AVDictionary *options = NULL;
    av_dict_parse_string(&options, container->options, "=", ":", 0);
    const int code = avformat_write_header(video->format, &options);
    av_dict_free(&options);
    if (code < 0 || !video_file_check(&video->file, err)) {
        char reason[64] = "";
        av_strerror(code, reason, sizeof reason);
        return error_set(err, "%s: the %s header cannot be written: %s", desc->path, container->format,
                         reason);
    }
    return true;
}

struct video *video_create(const struct video_desc *desc, struct error *err)
{
    const struct container *container = find_container(desc->path);
    if (!container) {
        error_set(err, "%s: expected a name that ends in .mp4, .mkv or .webm", desc->path);
        return NULL;
    }
    if (desc->width < 2 || desc->height < 2 || desc->width % 2 || desc->height % 2) {
        error_set(err, "%s: video needs an even width and height, found %d×%d", desc->path, desc->width,
                  desc->height);
        return NULL;
    }
    av_log_set_level(AV_LOG_QUIET); /* what matters reaches `err` */
    struct video *video = ls_calloc(1, sizeof *video);
    if (!video_file_open(&video->file, desc->path, desc->overwrite, err)) {
        free(video);
        return NULL;
    }
    if (!set_up(video, desc, container, err)) {
        video_discard(video);
        return NULL;
    }
    return video;
}

static bool encoder_failed(struct video *video, int code, const char *what, struct error *err)
{
    char reason[64] = "";
    av_strerror(code, reason, sizeof reason);
    video->broken = true;
    video_file_check(&video->file, err);
    return error_set(err, "%s: %s: %s", video->file.file.path, what, reason);
}

/* Sends one frame (NULL: the end) and writes every packet that comes out. */
static bool encode(struct video *video, const AVFrame *frame, struct error *err)
{
    int code = avcodec_send_frame(video->codec, frame);
    if (code < 0)
        return encoder_failed(video, code, "the encoder refuses a frame", err);
    while ((code = avcodec_receive_packet(video->codec, video->packet)) == 0) {
        video->packet->stream_index = video->stream->index;
        if (video->packet->duration == 0)
            video->packet->duration = 1;
        av_packet_rescale_ts(video->packet, video->codec->time_base, video->stream->time_base);
        code = av_interleaved_write_frame(video->format, video->packet);
        if (code < 0 || video->file.file.write_errno)
            return encoder_failed(video, code, "a frame cannot be written", err);
    }
    if (code != AVERROR(EAGAIN) && code != AVERROR_EOF)
        return encoder_failed(video, code, "a frame cannot be encoded", err);
    return true;
}

bool video_add_rows(struct video *video, const uint8_t *top, ptrdiff_t stride, struct error *err)
{
    LS_ASSERT(!video->broken);
    AVFrame *frame = video->frame;
    const int code = av_frame_make_writable(frame);
    if (code < 0)
        return encoder_failed(video, code, "a frame cannot be stored", err);
    yuv_from_rgba(top, stride, frame->width, frame->height, frame->data[0], frame->linesize[0],
                  frame->data[1], frame->linesize[1], frame->data[2], frame->linesize[2]);
    frame->pts = video->frames++;
    return encode(video, frame, err);
}

bool video_add_frame(struct video *video, const uint8_t *rgba, struct error *err)
{
    return video_add_rows(video, rgba, (ptrdiff_t)video->frame->width * 4, err);
}

bool video_repeat_frame(struct video *video, struct error *err)
{
    LS_ASSERT(!video->broken && video->frames > 0);
    video->frame->pts = video->frames++;
    return encode(video, video->frame, err);
}

static void free_all(struct video *video)
{
    avcodec_free_context(&video->codec);
    av_frame_free(&video->frame);
    av_packet_free(&video->packet);
    avformat_free_context(video->format);
    if (video->io)
        av_freep(&video->io->buffer);
    avio_context_free(&video->io);
    free(video);
}

bool video_finish(struct video *video, struct error *err)
{
    bool ok = video->broken || encode(video, NULL, err);
    const int code = av_write_trailer(video->format); /* as far as there is room */
    if (ok && !video->broken && code < 0)
        ok = encoder_failed(video, code, "the end of the file cannot be written", err);
    const bool index = ok && strcmp(video->format->oformat->name, "mp4") == 0;
    ok = video_file_finish(&video->file, index, err) && ok && !video->broken;
    free_all(video);
    return ok;
}

void video_discard(struct video *video)
{
    if (!video)
        return;
    video_file_discard(&video->file);
    free_all(video);
}

const char *video_encoder_name(const struct video *video) { return video->codec->codec->name; }
